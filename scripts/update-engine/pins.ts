import type { Manifest } from './manifest.ts';

const SECTIONS = ['dependencies', 'devDependencies', 'peerDependencies'];

/**
 * Returns the dependencies that the update changes in the engine and that the owner's packages still have in the old
 * version; two copies of one package would be installed. Each reads `apps/web/package.json: solid-js 1.9.19 → 1.9.20`.
 *
 * @param own the manifests of the owner's packages, by their paths
 */
export function stalePins(
  own: ReadonlyMap<string, Manifest>,
  old: readonly Manifest[],
  next: readonly Manifest[],
): string[] {
  const moved = new Map<string, { from: string; to: string }>();
  for (const [name, to] of next.flatMap(pinsOf)) {
    const from = old.flatMap(pinsOf).find(([other]) => other === name)?.[1];
    if (from !== undefined && from !== to) moved.set(name, { from, to });
  }
  return [...own].flatMap(([file, manifest]) =>
    pinsOf(manifest).flatMap(([name, version]) => {
      const move = moved.get(name);
      return move?.from === version ? [`${file}: ${name} ${move.from} → ${move.to}`] : [];
    }),
  );
}

function pinsOf(manifest: Manifest): [name: string, version: string][] {
  return SECTIONS.flatMap((section) => Object.entries((manifest[section] as Record<string, string> | undefined) ?? {}));
}
