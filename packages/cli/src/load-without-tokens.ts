import { type LoadOptions, loadConfig, missingSecrets, type SpookyConfig } from '@spookify/config';

/**
 * Loads the config for work that calls no backend: their tokens, where nobody has set them yet, are stood in for. So a fresh
 * clone can be checked before the first `spooky dev` has made them up, and who migrates a database needs none.
 *
 * @throws ConfigError as `loadConfig` does, but for missing secrets
 */
export async function loadWithoutTokens(options: LoadOptions = {}): Promise<SpookyConfig> {
  const missing = await missingSecrets(options);
  const standIns = Object.fromEntries(missing.map((name) => [name, 'not-set']));
  return loadConfig({ ...options, env: { ...(options.env ?? process.env), ...standIns } });
}
