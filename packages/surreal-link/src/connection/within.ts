import { silent } from '../errors.ts';

/**
 * Settles like the promise, or rejects as silent after `ms` milliseconds. The work itself continues; its later outcome
 * is ignored.
 *
 * @throws LinkError SPOOKY_LINK_SILENT
 */
export async function within<T>(ms: number, work: PromiseLike<T>): Promise<T> {
  if (ms === Number.POSITIVE_INFINITY) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(silent(ms)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
