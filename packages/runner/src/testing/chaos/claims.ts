import type { Version } from './evidence.ts';

/** How a claim ended. `taken`: another had the row while this one still stood on it. `lost`: one crash too many. */
export type ClaimEnd = 'success' | 'failed' | 'retried' | 'rescued' | 'released' | 'lost' | 'taken' | 'open';

/** One hold on a job, read from what the row went through. */
export interface Claim {
  readonly job: string;
  readonly runner: string;
  readonly rerun: number;
  readonly attempt: number;
  readonly from: number;
  /** Infinity while open. */
  readonly until: number;
  /** As last renewed. */
  readonly leaseUntil: number;
  readonly end: ClaimEnd;
}

/** The claims of one job, in order. */
export function claimsOf(versions: readonly Version[]): Claim[] {
  const claims: Claim[] = [];
  let open: Claim | undefined;
  let before: Version | undefined;
  for (const version of versions) {
    if (open !== undefined && version.token === before?.token) {
      open = { ...open, leaseUntil: version.leaseUntil ?? open.leaseUntil };
    } else {
      if (open !== undefined) claims.push({ ...open, until: version.at, end: endOf(before, version) });
      open = version.token === undefined ? undefined : begin(version);
    }
    before = version;
  }
  if (open !== undefined) claims.push(open);
  return claims;
}

function begin({ job, runner = '', reruns, retries, at, leaseUntil = at }: Version): Claim {
  return {
    job,
    runner,
    rerun: reruns,
    attempt: retries + 1,
    from: at,
    until: Number.POSITIVE_INFINITY,
    leaseUntil,
    end: 'open',
  };
}

function endOf(before: Version | undefined, after: Version): ClaimEnd {
  if (after.token !== undefined) return 'taken';
  const rescued = before !== undefined && after.rescues > before.rescues;
  if (after.status === 'success') return 'success';
  if (after.status === 'failed') return rescued ? 'lost' : 'failed';
  if (rescued) return 'rescued';
  return before !== undefined && after.retries > before.retries ? 'retried' : 'released';
}
