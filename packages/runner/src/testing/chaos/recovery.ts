import { claimsOf } from './claims.ts';
import type { Version } from './evidence.ts';

/** A span of time in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

export interface RunnerKill {
  /** What its claims' `runner` begins with. */
  readonly runner: string;
  readonly at: number;
}

export interface Recovery {
  readonly runner: string;
  readonly job: string;
  /** From the kill to the next claim, without the time in which there was no database. */
  readonly ms: number;
  /** How often the database was killed meanwhile. */
  readonly outages: number;
}

/**
 * How long each job that a killed runner held waited for another one. A job has none if nothing was left to do: its
 * outcome was on the way already, its owner cancelled it, or it had lost a runner too often.
 */
export function recoveriesOf(
  versions: ReadonlyMap<string, readonly Version[]>,
  kills: readonly RunnerKill[],
  outages: readonly Span[],
): Recovery[] {
  const recoveries: Recovery[] = [];
  for (const [job, history] of versions) {
    const claims = claimsOf(history);
    for (const [index, claim] of claims.entries()) {
      const kill = kills.find(({ runner, at }) => claim.runner.startsWith(`${runner}:`) && claim.from <= at);
      const next = claims[index + 1];
      const wasLost = claim.end !== 'success' && claim.end !== 'failed' && claim.end !== 'retried';
      if (kill === undefined || next === undefined || claim.until <= kill.at || !wasLost) continue;
      const span = { from: kill.at, until: next.from };
      const meanwhile = outages.filter(({ from, until }) => from < span.until && until > span.from);
      const ms = span.until - span.from - timeWithin(span, meanwhile);
      recoveries.push({ runner: kill.runner, job, ms, outages: meanwhile.length });
    }
  }
  return recoveries;
}

function timeWithin({ from, until }: Span, outages: readonly Span[]): number {
  return outages.reduce((sum, outage) => {
    return sum + Math.max(0, Math.min(until, outage.until) - Math.max(from, outage.from));
  }, 0);
}
