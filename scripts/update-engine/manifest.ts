/** The root's package.json: entry by entry, because it is the owner's file with entries of the engine in it. */

export type Manifest = { readonly [key: string]: unknown };

export interface ManifestChange {
  /** As `devDependencies.vitest`. */
  readonly entry: string;
  /** Undefined if there is none. */
  readonly own: string | undefined;
  readonly next: string | undefined;
}

export interface ManifestMerge {
  readonly manifest: Manifest;
  readonly changed: readonly ManifestChange[];
  /** Entries that the owner has changed, and the release as well. They stay. */
  readonly kept: readonly ManifestChange[];
}

/** Sections of which every entry that a release has is the engine's: the tools that build and test it. */
export const SECTIONS = ['engines', 'devDependencies', 'optionalDependencies', 'overrides'];
/** Scripts that run the engine, or test it. The others are the owner's, even if the release has them too. */
export const SCRIPTS = ['bench', 'build', 'chaos', 'check', 'dev', 'test:engine', 'test:engine-alone', 'update-engine'];
export const ENTRIES = ['packageManager'];

/** @param old undefined if the old release is not known: the engine's entries become those of the release */
export function mergeManifest(own: Manifest, old: Manifest | undefined, next: Manifest): ManifestMerge {
  const manifest = structuredClone(own) as Record<string, unknown>;
  const changed: ManifestChange[] = [];
  const kept: ManifestChange[] = [];
  for (const [section, name] of engineEntries(old, next)) {
    const change = {
      entry: section === undefined ? name : `${section}.${name}`,
      own: read(own, section, name),
      next: read(next, section, name),
    };
    if (change.own === change.next) continue;
    const former = old && read(old, section, name);
    if (old !== undefined && former === change.next) continue;
    if (old !== undefined && former !== change.own) kept.push(change);
    else {
      write(manifest, section, name, change.next);
      changed.push(change);
    }
  }
  return { manifest, changed, kept };
}

function engineEntries(old: Manifest = {}, next: Manifest): [section: string | undefined, name: string][] {
  const namesOf = (section: string): string[] => [
    ...new Set([old, next].flatMap((one) => Object.keys((one[section] as object | undefined) ?? {}))),
  ];
  return [
    ...ENTRIES.map((name): [undefined, string] => [undefined, name]),
    ...SCRIPTS.map((name): [string, string] => ['scripts', name]),
    ...SECTIONS.flatMap((section) => namesOf(section).map((name): [string, string] => [section, name])),
  ];
}

function read(manifest: Manifest, section: string | undefined, name: string): string | undefined {
  const values = section === undefined ? manifest : (manifest[section] as Manifest | undefined);
  const value = values?.[name];
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
}

function write(
  manifest: Record<string, unknown>,
  section: string | undefined,
  name: string,
  text: string | undefined,
): void {
  if (section === undefined) {
    manifest[name] = text;
    return;
  }
  const { [name]: _, ...others } = (manifest[section] as Manifest | undefined) ?? {};
  const value = text?.startsWith('{') ? JSON.parse(text) : text;
  manifest[section] = text === undefined ? others : { ...(manifest[section] as Manifest | undefined), [name]: value };
}
