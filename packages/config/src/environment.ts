import path from 'node:path';
import { parseEnvFile } from './env-file.ts';
import { ConfigError, type ConfigIssue } from './errors.ts';
import type { Environment } from './interpolate.ts';
import { readTextIfThere } from './text-file.ts';

/**
 * Merges `env` with `<root>/.env`. A variable of the environment wins, even if it is empty. A missing .env is treated
 * as empty.
 */
export async function readEnvironment(
  root: string,
  env: Environment,
): Promise<{ readonly env: Environment; readonly issues: readonly ConfigIssue[] }> {
  const file = path.join(root, '.env');
  try {
    const defaults = parseEnvFile((await readTextIfThere(file)) ?? '', file);
    const set = Object.entries(env).filter(([, value]) => value !== undefined);
    return { env: { ...defaults, ...Object.fromEntries(set) }, issues: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { env, issues: error.issues };
    throw error;
  }
}

/** Returns the variable that overrides the URL of a backend: `SPOOKY_BACKEND_MY_API_URL` for `my-api`. */
export function backendUrlVariable(backend: string): string {
  return `SPOOKY_BACKEND_${backend.toUpperCase().replaceAll('-', '_')}_URL`;
}
