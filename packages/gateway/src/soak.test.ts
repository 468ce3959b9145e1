/**
 * A shorter form of `npm --workspace packages/gateway run soak -- --minutes 60`, whose results are in docs/chaos.md.
 * `SPOOKY_SOAK_MINUTES=5` makes it as long as in CI.
 */
import { describe, expect, it } from 'vitest';
import { problemsOf, runSoak, type SoakOptions } from './testing/soak/run-soak.ts';
import type { ServerFrame, ViewChange } from './wire/frames.ts';

const { SPOOKY_SOAK_MINUTES, SEED = String(Date.now() % 1_000_000) } = process.env;
const SECONDS = SPOOKY_SOAK_MINUTES === undefined ? 20 : Number(SPOOKY_SOAK_MINUTES) * 60;
/** Other tests run at the same time as the short form, so it is lighter than the command. */
const PAUSE_MS = SPOOKY_SOAK_MINUTES === undefined ? 3_000 : 1_000;
/** Long enough for a busy machine. The command is stricter. */
const BOUND_MS = 60_000;

/** Runs until the fault is found; more than long enough for that. */
const sabotaged: SoakOptions = { seed: Number(SEED), seconds: 60, users: 4, pauseMs: 100, quietSeconds: 2 };

const isChange = (frame: ServerFrame): frame is ServerFrame & ViewChange =>
  frame.type === 'snapshot' || frame.type === 'delta';

describe(`200 tabs of 50 users on two gateways, for ${SECONDS} seconds (SEED=${SEED})`, () => {
  it('miss nothing, see nothing of others, never go back, and leave nothing behind, in constant memory', {
    timeout: 240_000 + 2 * SECONDS * 1_000,
  }, async () => {
    const report = await runSoak({ seed: Number(SEED), seconds: SECONDS, pauseMs: PAUSE_MS, boundMs: BOUND_MS });
    expect(problemsOf(report), JSON.stringify(report.fault)).toEqual([]);
    expect(report.tabs).toBe(200);
    expect(report.quietPoints.compared).toBeGreaterThan(report.tabs);
    expect(report.deliveries.count).toBeGreaterThan(report.tabs);
    expect(report.received.rows).toBeGreaterThan(report.tabs);
  });
});

describe('the soak', () => {
  it('finds one delta in 200 that is lost', { timeout: 240_000 }, async () => {
    let deltas = 0;
    const { fault } = await runSoak({
      ...sabotaged,
      boundMs: 3_000,
      interfere(frame) {
        if (frame.type === 'delta') deltas += 1;
        return frame.type === 'delta' && deltas % 200 === 0 ? undefined : frame;
      },
    });
    expect(fault?.message).toMatch(
      /is not shown|differs|versions|half of|never sent|splice|was promised|were the same/,
    );
  });

  it('finds one row of somebody else', { timeout: 240_000 }, async () => {
    let foreign: ViewChange['rows'][number] | undefined;
    const { fault } = await runSoak({
      ...sabotaged,
      interfere(frame, tab) {
        if (!isChange(frame) || !frame.rows.some(([, key]) => key.startsWith('note:'))) return frame;
        if (tab.startsWith('u1.')) foreign = frame.rows.find(([, key]) => key.startsWith('note:'));
        if (!tab.startsWith('u0.') || foreign === undefined) return frame;
        return { ...frame, rows: [...frame.rows, foreign] };
      },
    });
    expect(fault?.message).toMatch(/^u0\.\d: note:u1_\w+ belongs to u1$/);
  });
});
