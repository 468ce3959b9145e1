/**
 * Shows that the tests of maintained views find faults: makes one mutation at a time in a copy of the sources and runs the
 * tests there. Each mutation must fail. The exit code is 1 if one survives.
 *
 *     npm --workspace packages/gateway run mutations
 *     npm --workspace packages/gateway run mutations -- draft     only files whose path contains this text
 *
 * The oracle test makes RUNS_FIRST applications, and RUNS_MORE if it has found nothing.
 */
import { createMutatedCopy } from './mutated-copy.ts';
import { MUTATIONS, type Mutation } from './mutations.ts';

const ORACLE = ['src/views/maintain/oracle.test.ts'];
/** The unit tests of a file, by a part of its path. */
const UNIT: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'maintain/',
    ['list-maintenance', 'links', 'followed-records', 'patch', 'draft'].map((name) => `maintain/${name}.test.ts`),
  ],
  ['permissions/', ['src/permissions/operators.test.ts', 'src/permissions/evaluate.test.ts']],
  ['values/', ['src/values/compare.test.ts']],
  ['plans/', ['src/plans/comparisons.test.ts']],
]);
const SEED = process.env.SEED ?? '1';
const RUNS_FIRST = '4';
const RUNS_MORE = '24';

const [part = ''] = process.argv.slice(2);
const chosen = MUTATIONS.filter(({ file }) => file.includes(part));
const copy = await createMutatedCopy();
try {
  if (!(await copy.passes([...ORACLE, ...[...UNIT.values()].flat()], { SEED, RUNS: RUNS_FIRST }))) {
    throw new Error('the tests fail without a mutation');
  }
  for (const mutation of chosen) await test(mutation);
} finally {
  await copy.remove();
}

async function test(mutation: Mutation): Promise<void> {
  await copy.apply(mutation);
  const oracle = await oracleFinds();
  const unit = !(await copy.passes(unitTestsOf(mutation), { SEED }));
  await copy.revert(mutation);
  if (oracle === undefined && !unit) process.exitCode = 1;
  const cells = [
    `oracle ${oracle ?? '-'}`.padEnd(10),
    (unit ? 'unit tests' : '-').padEnd(10),
    mutation.file.padEnd(34),
  ];
  console.log(`${oracle === undefined && !unit ? 'SURVIVES' : 'caught  '} | ${cells.join(' | ')} | ${mutation.fault}`);
}

function unitTestsOf({ file }: Mutation): readonly string[] {
  return [...UNIT].flatMap(([folder, tests]) => (file.includes(folder) ? tests : []));
}

/** The number of applications with which the oracle test fails; undefined if it passes. */
async function oracleFinds(): Promise<string | undefined> {
  for (const runs of [RUNS_FIRST, RUNS_MORE]) if (!(await copy.passes(ORACLE, { SEED, RUNS: runs }))) return runs;
  return undefined;
}
