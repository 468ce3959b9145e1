import { type LoadOptions, openConfig } from './open.ts';
import { isBackendToken } from './secret-fields.ts';

/**
 * The variables that secret fields of sp00ky.yml need and nobody has set, neither the environment nor `.env`: what
 * a first `spooky dev` makes up. The password of an external database is not among them, for nobody can make it up.
 *
 * @throws ConfigError when there is no config to read
 */
export async function missingSecrets(options: LoadOptions = {}): Promise<string[]> {
  const { env, interpolation } = await openConfig(options);
  const missing = interpolation.required.filter(({ name, path }) => isBackendToken(path) && !env[name]);
  return [...new Set(missing.map(({ name }) => name))];
}
