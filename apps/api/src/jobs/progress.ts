import type { FastifyRequest } from 'fastify';

/** Tells the job's owner how far its work is, by way of the runner. */
export interface Progress {
  /**
   * Says it and goes on: nothing waits for it, and a report that does not arrive is no failure of the work.
   *
   * @param value from 0 to 1
   * @param note one line for the owner, at most 200 characters
   */
  report(value: number, note: string): void;
}

/** The runner is near; a report that takes longer is out of date anyway. */
const PATIENCE_MS = 5_000;

/** Where the runner of this call wants to hear of progress; nowhere if it did not say. */
export function progressOf(request: FastifyRequest): Progress {
  const { 'x-job-progress-url': url, 'x-job-progress-token': token } = request.headers;
  if (typeof url !== 'string' || typeof token !== 'string' || !/^https?:/.test(url)) return { report() {} };
  let latest: string | undefined;
  let sending = false;

  /** One at a time, so that none overtakes another; what was said meanwhile and is old again is left out. */
  const send = async (): Promise<void> => {
    sending = true;
    while (latest !== undefined) {
      const body = latest;
      latest = undefined;
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body,
          redirect: 'error',
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        await response.body?.cancel();
        if (!response.ok) request.log.debug({ status: response.status }, 'the runner takes no progress');
      } catch (error) {
        request.log.debug({ err: error }, 'progress did not arrive');
      }
    }
    sending = false;
  };

  return {
    report(value, note) {
      latest = JSON.stringify({ value, note });
      if (!sending) void send();
    },
  };
}
