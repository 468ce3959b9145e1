import type { SpookyConfig } from '@spookify/config';

/** The stack's own secrets; whoever needs one gets it under its own name. */
const SECRET_NAME =
  /^(SURREAL_(USER|PASS)|SPOOKY_.+_PASSWORD|SPOOKY_GATEWAY_KEY|SPOOKY_DATABASE_USER|SPOOKY_AUTH_TOKEN)$/;

/**
 * The user's environment as a dev command may see it: without the passwords of the database and of the services, and
 * without the tokens of other backends, whatever their variables are called.
 *
 * @param backend whose command it is; none for the front end
 */
export function roomEnvironment(
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
