/** Merges the root's package.json entry by entry, because it is the owner's file and contains entries of the engine. */

export type Manifest = { readonly [key: string]: unknown };

export interface ManifestChange {
  /** The path of the entry, such as `devDependencies.vitest`. */
  readonly entry: string;
  /** Undefined if the entry does not exist. */
  readonly own: string | undefined;
  readonly next: string | undefined;
}

export interface ManifestMerge {
  readonly manifest: Manifest;
  readonly changed: readonly ManifestChange[];
  /** Entries that both the owner and the release have changed. They stay. */
  readonly kept: readonly ManifestChange[];
}

/** Sections in which every entry of a release belongs to the engine: the tools that build and test it. */
export const SECTIONS = ['engines', 'devDependencies', 'optionalDependencies', 'overrides'];
/** Scripts that run or test the engine. The others belong to the owner, even if the release has them too. */
export const SCRIPTS = ['bench', 'build', 'chaos', 'check', 'dev', 'test:engine', 'test:engine-alone', 'update-engine'];
export const ENTRIES = ['packageManager'];

/** @param old undefined if the old release is unknown: then the engine's entries become those of the release */
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
