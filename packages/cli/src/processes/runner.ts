import { createRunner, RunnerError } from '@spookify/runner';
import type { ProcessContext } from '@spookify/supervisor';
import { pino } from 'pino';
import { readyWithHeartbeat } from './heartbeat.ts';
import { fromPayload, type RunnerPayload } from './runner-payload.ts';

/** The job runner as a supervised process. When it stops, running attempts may finish within the host's stop timeout. */
export default async function runner(process: ProcessContext): Promise<void> {
  const jobs = createRunner({ ...fromPayload(process.payload as RunnerPayload), logger: pino({ base: null }) });
  process.onStop(() => jobs.stop());
  try {
    await jobs.start();
    readyWithHeartbeat(process);
  } catch (error) {
    // A stop during the start is not a failure.
    if (error instanceof RunnerError && error.code === 'SPOOKY_RUNNER_STOPPED') return;
    process.fail(error);
  }
}
