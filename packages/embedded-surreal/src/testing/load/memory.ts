/**
 * Judges whether memory stays flat. Compares medians of samples, which neither a burst nor a late garbage collection
 * can shift.
 */

const MEBIBYTE = 1024 * 1024;
/** What the allocators may keep without a leak, in bytes, and the share of the total that is noise. */
const ALLOWED_BYTES = 32 * MEBIBYTE;
const ALLOWED_SHARE = 0.1;

export interface MemoryVerdict {
  /** The median after the warm-up (which is the first third of the samples), and of the last third, in bytes. */
  readonly early: number;
  readonly late: number;
  readonly flat: boolean;
}

/** @param allowedBytes the growth that is no leak, in bytes. Default: 32 MiB */
export function judgeMemory(samples: readonly number[], allowedBytes = ALLOWED_BYTES): MemoryVerdict {
  const third = Math.floor(samples.length / 3);
  const early = median(samples.slice(third, 2 * third));
  const late = median(samples.slice(2 * third));
  return { early, late, flat: late - early <= Math.max(allowedBytes, early * ALLOWED_SHARE) };
}

function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0;
}
