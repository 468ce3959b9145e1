import { execFile } from 'node:child_process';
import { mkdir, rm, utimes } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { isStale } from '../is-stale.ts';

/** The folder of this package. */
export const PACKAGE = path.resolve(import.meta.dirname, '../..');

const compiler = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
const lock = path.join(PACKAGE, 'dist/.building');

/** Builds the package if it was edited since its last build. Test files that call this at the same time share one build. */
export async function ensureBuilt(): Promise<void> {
  if (!isStale(PACKAGE)) return;
  await mkdir(path.dirname(lock), { recursive: true });
  const mine = await mkdir(lock).then(
    () => true,
    () => false,
  );
  if (!mine) {
    await vi.waitFor(() => expectBuilt(), { timeout: 25_000, interval: 100 });
    return;
  }
  try {
    await promisify(execFile)(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: PACKAGE });
    // The compiler does not update its stamp when a file was saved without a change.
    await utimes(path.join(PACKAGE, 'dist/.tsbuildinfo'), new Date(), new Date());
  } finally {
    await rm(lock, { recursive: true });
  }
}

function expectBuilt(): void {
  if (isStale(PACKAGE)) throw new Error(`${PACKAGE} is not built; if no other process is building it, remove ${lock}`);
}
