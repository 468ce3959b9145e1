/**
 * Runs turbo without its banner, and without its telemetry: nothing on success, everything it said on failure, always
 * on stderr, so that `npm run dev -- --json` prints nothing but JSON on stdout.
 *
 *     node scripts/turbo.js run build
 */
import { spawnSync } from 'node:child_process';

const { status, error, stdout, stderr } = spawnSync(
  'turbo',
  [...process.argv.slice(2), '--output-logs=errors-only', '--no-color'],
  {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
  },
);
if (error) throw error;
if (status !== 0) {
  process.stderr.write(stdout + stderr);
  process.exitCode = status ?? 1;
}
