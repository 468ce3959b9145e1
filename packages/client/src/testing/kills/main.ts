/**
 * Runs the storm of writes and kills, and prints the report as JSON. The exit code is 1 if anything was wrong.
 *
 *     npm --workspace packages/client run kills
 *     npm --workspace packages/client run kills -- --writes 200 --kills 20 --seed 42
 */
import 'fake-indexeddb/auto';
import { parseArgs } from 'node:util';
import { runStorm } from './storm.ts';

const { values } = parseArgs({
  options: {
    writes: { type: 'string', default: '2000' },
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const report = await runStorm({
  writes: Number(values.writes),
  kills: Number(values.kills),
  seed: Number(values.seed),
  progress: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
process.exitCode = report.faults.length === 0 ? 0 : 1;
