import { outgoingFetch } from '@spookify/surreal-link';
import type { FastifyRequest } from 'fastify';

/** Reports to the job's owner how far the work is. The runner passes the reports on. */
export interface Progress {
  /**
   * Sends a report in the background. A report that does not arrive is not a failure of the work.
   *
   * @param value from 0 to 1
   * @param note one line for the owner, at most 200 characters
   */
  report(value: number, note: string): void;
}

/** The runner is near, so a report that takes longer is outdated. */
const PATIENCE_MS = 5_000;

/** Reads where the runner of this call accepts progress. Without such headers, reports are dropped. */
export function progressOf(request: FastifyRequest): Progress {
  const { 'x-job-progress-url': url, 'x-job-progress-token': token } = request.headers;
  if (typeof url !== 'string' || typeof token !== 'string' || !/^https?:/.test(url) || !URL.canParse(url))
    return { report() {} };
  const target = new URL(url);
  let latest: string | undefined;
  let sending = false;

  /**
   * Sends one report at a time, so that none overtakes another. A report that a newer one replaces meanwhile is skipped.
   */
  const send = async (): Promise<void> => {
    sending = true;
    while (latest !== undefined) {
      const body = latest;
      latest = undefined;
      try {
        const response = await outgoingFetch(target, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body,
          redirect: 'error',
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        await response.body?.cancel();
        if (!response.ok) request.log.debug({ status: response.status }, 'the runner rejected a progress report');
      } catch (error) {
        request.log.debug({ err: error }, 'a progress report did not arrive');
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
