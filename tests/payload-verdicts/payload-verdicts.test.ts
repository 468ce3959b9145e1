/** Client, gateway, runner and API have one verdict on every payload, and give the same reason. */
import { ConfigError } from '@spookify/config';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payload, spec, specOf } from './arbitraries.ts';
import { EXAMPLES, EXAMPLES_OF_30, SCHEMAS } from './examples.ts';
import { type Judges, judgesOf, NO_VALUE } from './judges.ts';

/** `npm run verdicts` sets it. */
const CASES = Number(process.env.SPOOKY_VERDICT_CASES ?? 400);
const PAYLOADS_PER_SPEC = 40;

/** Returns the verdict of all judges: the reason, or undefined for a valid payload. */
async function verdictOf(judges: Judges, path: string, value: unknown): Promise<string | undefined> {
  const { client, gateway, ...others } = await judges.verdicts(path, value);
  const shown = `${path} ${JSON.stringify(value)}`;
  expect(others, shown).toEqual({ runner: client, api: client });
  if (gateway === NO_VALUE) expect(client, shown).toBeDefined();
  else expect(gateway, shown).toBe(client);
  return client;
}

describe.each([
  ['3.1', EXAMPLES, specOf(Object.fromEntries(EXAMPLES.map(([, schema], at) => [`/${at}`, schema])), SCHEMAS)],
  [
    '3.0',
    EXAMPLES_OF_30,
    specOf(Object.fromEntries(EXAMPLES_OF_30.map(([, schema], at) => [`/${at}`, schema])), SCHEMAS, '3.0.3'),
  ],
] as const)('the verdict on a schema of OpenAPI %s', (_, examples, examplesSpec) => {
  let judges: Judges;
  beforeAll(async () => {
    judges = await judgesOf(examplesSpec);
  });
  afterAll(() => judges[Symbol.asyncDispose]());

  it.each(examples.map(([title, , value, reason], at) => ({ title, path: `/${at}`, value, reason })))(
    'is one for $title',
    async ({ path, value, reason }) => {
      expect(await verdictOf(judges, path, value)).toBe(reason);
    },
  );
});

/** Undefined for a spec that `spooky check` refuses. */
async function judgesIfValid(one: object): Promise<Judges | undefined> {
  try {
    return await judgesOf(one);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

it('is one for random schemas and payloads', { timeout: 1_200_000 }, async () => {
  const seen = { accepted: 0, refused: 0 };
  const payloads = fc.array(payload, { minLength: PAYLOADS_PER_SPEC, maxLength: PAYLOADS_PER_SPEC });
  await fc.assert(
    fc.asyncProperty(spec, payloads, async (one, values) => {
      await using judges = await judgesIfValid(one);
      fc.pre(judges !== undefined);
      const paths = Object.keys(one.paths);
      for (const [at, value] of values.entries()) {
        const verdict = await verdictOf(judges, paths[at % paths.length] ?? '', value);
        seen[verdict === undefined ? 'accepted' : 'refused'] += 1;
      }
    }),
    { numRuns: Math.ceil(CASES / PAYLOADS_PER_SPEC), maxSkipsPerRun: 100 },
  );
  // Otherwise the random schemas fit everything or nothing, and the test shows little.
  expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(CASES / 10);
});
