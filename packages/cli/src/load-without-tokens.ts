import { type LoadOptions, loadConfig, missingSecrets, type SpookyConfig } from '@spookify/config';

/**
 * Loads the config for commands that call no backend, with placeholders for the backend tokens that are not set. This allows
 * `spooky check` in a fresh clone, before the first `spooky dev` generates the tokens, and migrations without any token.
 *
 * @throws ConfigError as `loadConfig` does, except for missing secrets
 */
export async function loadWithoutTokens(options: LoadOptions = {}): Promise<SpookyConfig> {
  const missing = await missingSecrets(options);
  const standIns = Object.fromEntries(missing.map((name) => [name, 'not-set']));
  return loadConfig({ ...options, env: { ...(options.env ?? process.env), ...standIns } });
}
