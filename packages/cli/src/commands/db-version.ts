import { openEngine } from '@spookify/embedded-surreal';
import type { Context } from '../context.ts';

/** The names that `surreal version` uses for operating systems and processors. */
const SYSTEMS: Readonly<Record<string, string>> = { darwin: 'macos', win32: 'windows' };
const PROCESSORS: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** Prints the version of the engine in the format of `surreal version`: `3.0.2 for linux on x86_64`. */
export async function runDbVersion({ result }: Context): Promise<void> {
  const engine = await openEngine();
  await engine.close();
  const version = engine.version.replace(/^surrealdb-/, '');
  const system = SYSTEMS[process.platform] ?? process.platform;
  const processor = PROCESSORS[process.arch] ?? process.arch;
  result({ event: 'version', version, system, processor }, `${version} for ${system} on ${processor}`);
}
