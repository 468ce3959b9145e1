/**
 * The long storm: 10,000 jobs and 200 kills, four of them pauses. Then 20,000 jobs on four runners without a kill, to
 * check that none is delivered twice. Progress goes to stderr; the result goes to stdout, as text or, with `--json`, as
 * JSON. The exit code is 1 if an invariant is broken.
 *
 *     npm run chaos
 *     SEED=42 npm run chaos --silent -- --json > result.json
 *     npm run chaos -- --jobs 1000 --kills 20 --calm-jobs 0
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { INVARIANTS } from './invariants.ts';
import { storm } from './storm.ts';
import { holds, summaryOf, textOf } from './summary.ts';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '200' },
    runners: { type: 'string', default: '4' },
    /** How many runners have the write signal off. */
    pollers: { type: 'string', default: '1' },
    /** How many of the kills are pauses, after which the runner continues. */
    pauses: { type: 'string', default: '4' },
    'calm-jobs': { type: 'string', default: '20000' },
    /** How long the last job may take, in seconds. */
    patience: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const calmJobs = Number(values['calm-jobs']);
const patienceMs = Number(values.patience) * 1_000;
const wild = {
  jobs: Number(values.jobs),
  kills: Number(values.kills),
  runners: Number(values.runners),
  pollers: Number(values.pollers),
  pauses: Number(values.pauses),
};
const progress = (line: string): void => console.error(line);

progress(`SEED=${seed} repeats this storm`);
const loadBefore = loadavg()[0];
const reports = [await storm({ ...wild, seed, patienceMs, progress })];
if (calmJobs > 0) {
  reports.push(await storm({ seed, jobs: calmJobs, kills: 0, runners: 4, calm: true, patienceMs, progress }));
}
const machine = { processor: cpus()[0]?.model, cores: cpus().length, node: process.version, loadBefore };
const result = { at: new Date().toISOString(), machine, storms: reports.map(summaryOf) };
console.log(
  values.json
    ? JSON.stringify(result, undefined, 2)
    : result.storms.map((summary) => textOf(summary, Object.keys(INVARIANTS))).join('\n\n'),
);
if (!reports.every(holds)) {
  console.error(`an invariant is broken; SEED=${seed} repeats it`);
  process.exitCode = 1;
}
