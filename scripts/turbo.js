/**
 * Runs turbo without its banner and telemetry: no output on success, and all output on failure. It always writes to stderr,
 * so that `npm run --silent dev -- --json` prints only JSON to stdout.
 *
 *     node scripts/turbo.js run build
 */
import { spawn } from 'node:child_process';

/** A run from the cache takes less time; only a longer one prints a line. */
const SILENCE_MS = 1000;

const turbo = spawn('turbo', [...process.argv.slice(2), '--output-logs=errors-only', '--no-color'], {
  shell: process.platform === 'win32',
  stdio: ['ignore', 'pipe', 'pipe'],
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
});
const said = [];
turbo.stdout.on('data', (chunk) => said.push(chunk));
turbo.stderr.on('data', (chunk) => said.push(chunk));
const patience = setTimeout(() => process.stderr.write('Building changed packages…\n'), SILENCE_MS);

turbo.once('error', ({ message }) => {
  clearTimeout(patience);
  process.stderr.write(`turbo did not start (${message}); run \`npm ci\` first.\n`);
  process.exitCode = 1;
});
turbo.once('close', (code) => {
  clearTimeout(patience);
  if (code === 0 || process.exitCode === 1) return;
  process.stderr.write(Buffer.concat(said));
  process.exitCode = code ?? 1;
});
