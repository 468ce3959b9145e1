import { describeError } from '../failure/describe-error.ts';
import type { ErrorDetail } from '../failure/error-detail.ts';
import { placeOf } from '../failure/error-place.ts';

/** Describes what an entry threw, with its place relative to `root`. The child loads this module only after a failure. */
export function describeFailure(error: unknown, root: string): ErrorDetail {
  return describeError(error, (...about) => placeOf(root, ...about));
}
