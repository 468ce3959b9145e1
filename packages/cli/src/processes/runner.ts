import { createRunner, RunnerError } from '@spookify/runner';
import type { ProcessContext } from '@spookify/supervisor';
import { pino } from 'pino';
import { readyWithHeartbeat } from './heartbeat.ts';
import { fromPayload, type RunnerPayload } from './runner-payload.ts';

/** The job runner, as a supervised process. A stop lets attempts under way finish, as long as the host waits. */
export default async function runner(process: ProcessContext): Promise<void> {
  const jobs = createRunner({ ...fromPayload(process.payload as RunnerPayload), logger: pino({ base: null }) });
  process.onStop(() => jobs.stop());
  try {
    await jobs.start();
    readyWithHeartbeat(process);
  } catch (error) {
    // Stopped before it had started: nothing went wrong.
    if (error instanceof RunnerError && error.code === 'SPOOKY_RUNNER_STOPPED') return;
    process.fail(error);
  }
}
