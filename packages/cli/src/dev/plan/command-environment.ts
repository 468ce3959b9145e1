import type { SpookyConfig } from '@spookify/config';

/** The secrets of the stack itself. A process that needs one gets it explicitly. */
const SECRET_NAME =
  /^(SURREAL_(USER|PASS)|SPOOKY_.+_PASSWORD|SPOOKY_GATEWAY_KEY|SPOOKY_DATABASE_USER|SPOOKY_AUTH_TOKEN)$/;

/**
 * The part of the user's environment that a dev command inherits: everything except the passwords of the database and the services,
 * and the tokens of other backends, whatever the names of their variables are.
 *
 * @param backend the backend that the command belongs to; undefined for the front end
 */
export function commandEnvironment(
  config: SpookyConfig,
  env: Readonly<Record<string, string>>,
  backend?: string,
): Record<string, string> {
  const foreign = new Set(
    Object.values(config.backends).flatMap(({ name, auth }) =>
      name === backend || !auth ? [] : [auth.token.reveal()],
    ),
  );
  if (config.surrealdb.hosting === 'external' && config.surrealdb.password) {
    foreign.add(config.surrealdb.password.reveal());
  }
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !SECRET_NAME.test(name) && !foreign.has(value)),
  );
}
