import path from 'node:path';
import type { DevCommand } from '@spookify/config';

export interface Startup {
  /** How long a dev command may take to become ready. */
  readonly timeoutMs: number;
  /** The second half of the error after that time: how the owner of sp00ky.yml can change it. */
  readonly advice: string;
}

/** A dev server may have to compile everything. */
const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Reads how long a dev command may take.
 *
 * @param place the place of the command in the file, such as `backends.api.dev`
 * @param file the absolute path of sp00ky.yml
 */
export function startupOf(dev: DevCommand, place: string, file: string): Startup {
  const { startupTimeout: timeoutMs = DEFAULT_TIMEOUT_MS } = dev;
  const name = path.basename(file);
  const raise = `if it needs longer, raise ${place}.startupTimeout in ${name}`;
  // A plain command has no place for a timeout.
  const form = dev.type === 'shell' ? ` (${place}: { type: shell, command: …, startupTimeout: 2m })` : '';
  return { timeoutMs, advice: `${raise}${form}` };
}
