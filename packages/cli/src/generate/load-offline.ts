import { type LoadOptions, loadConfig, missingSecrets, type SpookyConfig } from '@spookify/config';

/**
 * Loads the config for work that calls nobody (generating, checking): secrets that are not set yet are stood in for,
 * so that both work in a fresh clone, before the first `spooky dev` has made them up.
 *
 * @throws ConfigError as `loadConfig` does, but for missing secrets
 */
export async function loadOffline(options: LoadOptions = {}): Promise<SpookyConfig> {
  const missing = await missingSecrets(options);
  const standIns = Object.fromEntries(missing.map((name) => [name, 'not-set']));
  return loadConfig({ ...options, env: { ...(options.env ?? process.env), ...standIns } });
}
