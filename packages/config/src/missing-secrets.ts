import { type LoadOptions, openConfig } from './open.ts';
import { isBackendToken } from './secret-fields.ts';

/**
 * Returns the variables of backend tokens that are set neither in the environment nor in `.env`. A first `spooky dev`
 * generates them. The password of an external database is not among them, because it cannot be generated.
 *
 * @throws ConfigError when there is no config to read
 */
export async function missingSecrets(options: LoadOptions = {}): Promise<string[]> {
  const { env, interpolation } = await openConfig(options);
  const missing = interpolation.required.filter(({ name, path }) => isBackendToken(path) && !env[name]);
  return [...new Set(missing.map(({ name }) => name))];
}
