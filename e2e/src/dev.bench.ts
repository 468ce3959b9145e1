/**
 * Measures from `npm run dev` to the ready summary of this repository's stack: npm, turbo's check of the builds, and the
 * whole start until a page and an API really answer.
 *
 * - `warm`: everything is built and has run before. Target: at most 3 s.
 * - `cold`: a clone of the last commit right after `npm ci`, without builds and caches. Target: at most 25 s.
 *    Its node_modules are hard links to the ones here, because `npm ci` would need the network; the files are in the
 *    system's cache already, as they are after an install.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Benchmark, summarize } from '../../bench/measure.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const WARM_ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9);
const COLD_ROUNDS = Number(process.env.BENCH_COLD_ROUNDS ?? 3);

const dev: Benchmark = async (progress) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-bench-'));
  try {
    const cold: number[] = [];
    for (let round = 0; round < COLD_ROUNDS; round += 1) {
      const clone = path.join(folder, `clone-${round}`);
      cloneTo(clone);
      cold.push(await timeToReady(clone, path.join(folder, `cold-${round}`)));
      progress(`cold: ${Math.round(cold.at(-1) ?? 0)} ms`);
      await rm(clone, { recursive: true });
    }
    const warm: number[] = [];
    for (let round = -1; round < WARM_ROUNDS; round += 1) {
      const ms = await timeToReady(REPOSITORY, path.join(folder, 'warm'));
      if (round < 0) continue;
      warm.push(ms);
      progress(`warm: ${Math.round(ms)} ms`);
    }
    return {
      unit: 'ms',
      targets: { warm: 'median <= 3000', cold: 'median <= 25000' },
      warm: summarize(warm),
      cold: cold.length === 0 ? undefined : summarize(cold),
      rounds: { warm: warm.map(Math.round), cold: cold.map(Math.round) },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

export default dev;

function cloneTo(clone: string): void {
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', REPOSITORY, clone]);
  execFileSync('cp', ['-al', path.join(REPOSITORY, 'node_modules'), path.join(clone, 'node_modules')]);
  execFileSync('rm', [
    '-rf',
    ...['.cache', '.vite', '.vite-temp'].map((name) => path.join(clone, 'node_modules', name)),
  ]);
}

/** Returns the milliseconds until `npm run dev` reports that everything answers, and then stops it. */
async function timeToReady(cwd: string, data: string): Promise<number> {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const begun = performance.now();
  const child = spawn('npm', ['run', '--silent', 'dev', '--', '--json', '--ports', 'free'], {
    cwd,
    env: { ...env, SPOOKY_DATA: data },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const closed = once(child, 'close');
  let took: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (took !== undefined || !line.startsWith('{"event":"ready"')) continue;
    took = performance.now() - begun;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  }
  await closed;
  if (took === undefined) throw new Error(`npm run dev ended in ${cwd} before it was ready; run it there to see why.`);
  return took;
}
