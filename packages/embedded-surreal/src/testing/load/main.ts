/**
 * Runs the load test and prints the report as JSON.
 *
 *     npm --workspace packages/embedded-surreal run load -- --minutes 10
 */
import { parseArgs } from 'node:util';
import { runLoad } from './run-load.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } });
const report = await runLoad({
  seconds: Number(values.minutes) * 60,
  progress: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
const { memory, remaining, problems } = report;
const clean = memory.flat && problems.length === 0 && Object.values(remaining).every((count) => count === 0);
process.exitCode = clean ? 0 : 1;
