import { CliError } from '../errors.ts';
import type { Project } from '../project.ts';
import { passwordVariable, serviceUsers } from '../secrets.ts';
import type { ServiceUser } from './users.ts';

/**
 * The service users of a project with their passwords.
 *
 * @throws CliError `SPOOKY_CLI_MISSING_SECRET` with the name of every password that is not set
 */
export function configuredUsers({ config, env }: Project): ServiceUser[] {
  const users = serviceUsers(config).map((name) => ({ name, password: env[passwordVariable(name)] ?? '' }));
  const missing = users.filter(({ password }) => password === '').map(({ name }) => passwordVariable(name));
  if (missing.length === 0) return users;
  throw new CliError(
    'SPOOKY_CLI_MISSING_SECRET',
    `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set; put the passwords of the services into .env, or run spooky dev, which generates them.`,
  );
}
