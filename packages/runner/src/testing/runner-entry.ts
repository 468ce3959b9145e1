/** A process that runs only a runner, so that a test can kill it. */
import { Secret } from '@spookify/config';
import type { RunnerBackend } from '../backends.ts';
import type { RunnerOptions } from '../options.ts';
import { createRunner } from '../runner.ts';

type Argument = Omit<RunnerOptions, 'backends'> & { backends: Omit<RunnerBackend, 'token'>[]; token: string };

// Exits with the test, even while it waits for the database.
process.on('disconnect', () => process.exit());

const { token, backends, ...options }: Argument = JSON.parse(String(process.argv[2]));
const runner = createRunner({
  ...options,
  backends: backends.map((backend) => ({ ...backend, token: new Secret(token) })),
});
await runner.start();
process.send?.('ready');
process.once('SIGTERM', () => runner.stop().then(() => process.exit()));
