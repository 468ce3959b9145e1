/**
 * Runs the soak and prints the report as JSON. The exit code is 1 if anything was wrong.
 *
 *     npm --workspace packages/gateway run soak -- --minutes 60
 *     npm --workspace packages/gateway run soak -- --minutes 5 --gateways 4 --users 50 --pause 1000 --seed 42
 */
import { parseArgs } from 'node:util';
import { problemsOf, runSoak } from './run-soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    gateways: { type: 'string', default: '2' },
    users: { type: 'string', default: '50' },
    pause: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const report = await runSoak({
  seconds: Number(values.minutes) * 60,
  gateways: Number(values.gateways),
  users: Number(values.users),
  pauseMs: Number(values.pause),
  seed: Number(values.seed),
  progress: (line) => process.stderr.write(`${line}\n`),
});
const problems = problemsOf(report);
process.stdout.write(`${JSON.stringify({ ...report, problems }, undefined, 2)}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
