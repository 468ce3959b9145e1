/**
 * Runs a benchmark: any `NAME.bench.ts` of a package or an app. JSON on stdout, progress on stderr.
 *
 *     npm run bench             lists the names
 *     npm run bench --silent -- surreal > result.json
 *
 * A benchmark's default export is a function `(progress) => Promise<result>` (measure.ts has the types and the
 * statistics). It reports; nobody's test fails because a machine is busy.
 */
import { spawnSync } from 'node:child_process';
import { Console } from 'node:console';
import { globSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const found = new Map(
  globSync('{packages/*,apps/*,e2e}/src/**/*.bench.ts', { cwd: root }).map((file) => [
    basename(file, '.bench.ts'),
    file,
  ]),
);
const [name] = process.argv.slice(2);
const file = name === undefined ? undefined : found.get(name);

if (file === undefined) {
  const names = [...found.keys()].sort().join(', ');
  if (name === undefined) console.log(names.replaceAll(', ', '\n'));
  else console.error(`There is no benchmark ${name}. Choose one of: ${names}.`);
  process.exit(name === undefined ? 0 : 1);
}

// What is measured is what is shipped.
const built = spawnSync(process.execPath, [join(root, 'scripts/turbo.js'), 'run', 'build', '--filter=!@spookify/web'], {
  stdio: ['ignore', 2, 2],
  cwd: root,
});
if (built.status !== 0) process.exit(built.status ?? 1);

// Stdout is the result's alone, whatever a benchmark or a library prints.
globalThis.console = new Console(process.stderr, process.stderr);
const loadBefore = loadavg()[0];
const { default: benchmark } = await import(join(root, file));
const result = await benchmark((line) => process.stderr.write(`${line}\n`));
const report = {
  benchmark: name,
  at: new Date().toISOString(),
  machine: {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    // Work of others on the machine spoils a run; above about half of the cores, run it again.
    loadBefore,
  },
  ...result,
};
process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`, () => process.exit(0));
