import path from 'node:path';
import { loadConfig, missingSecrets, type SpookyConfig } from '@spookify/config';
import { extendEnvFile, readEnvFile } from './env-file.ts';
import { CliError } from './errors.ts';
import { loadWithoutTokens } from './load-without-tokens.ts';
import { ownSecrets, randomSecret } from './secrets.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The checked config, and the environment merged with `.env`. The environment takes precedence. */
export interface Project {
  readonly config: SpookyConfig;
  readonly env: Record<string, string>;
}

export interface ProjectOptions {
  /** The path of the config, as in `--config`. Default: the nearest sp00ky.yml, from the working folder upwards. */
  readonly file?: string | undefined;
  readonly env: Environment;
}

/**
 * Loads a project.
 *
 * @throws ConfigError with every fault of the config
 */
export function openProject(options: ProjectOptions): Promise<Project> {
  return openBy(loadConfig, options);
}

/**
 * Loads a project for work on the database, which calls no backend and needs no backend tokens.
 *
 * @throws ConfigError with every fault except missing tokens
 */
export function openProjectWithoutTokens(options: ProjectOptions): Promise<Project> {
  return openBy(loadWithoutTokens, options);
}

async function openBy(load: typeof loadConfig, { file, env }: ProjectOptions): Promise<Project> {
  const config = await load({ ...(file === undefined ? {} : { file }), env });
  return { config, env: await mergedEnvironment(config, env) };
}

/**
 * Loads a project for `spooky dev`: generates the secrets that are not set, and stores them in `.env`. Writes nothing if the
 * config has a fault.
 *
 * @returns the project, and the names of the generated secrets
 * @throws ConfigError; CliError `SPOOKY_CLI_MISSING_SECRET` for the token of a backend without a `dev` command
 */
export async function openProjectWithSecrets(
  options: ProjectOptions,
): Promise<{ project: Project; made: readonly string[] }> {
  // An empty variable would take precedence over a value in `.env`.
  const given = Object.fromEntries(Object.entries(options.env).filter(([, value]) => value !== ''));
  const file = options.file === undefined ? {} : { file: options.file };
  const tokens = await missingSecrets({ ...file, env: given });
  const guesses = Object.fromEntries(tokens.map((name) => [name, randomSecret()]));
  const config = await loadConfig({ ...file, env: { ...options.env, ...guesses } });
  refuseForeignTokens(config, guesses);

  const names = [...tokens, ...ownSecrets(config)].filter((name) => !given[name]);
  const made =
    names.length === 0
      ? []
      : (
          await extendEnvFile(path.join(config.root, '.env'), names, (name) =>
            name === 'SURREAL_USER' ? 'root' : randomSecret(),
          )
        ).added;
  const env = { ...options.env };
  for (const name of names) delete env[name];
  return { project: await openProject({ ...options, env }), made };
}

function refuseForeignTokens(config: SpookyConfig, guesses: Record<string, string>): void {
  for (const backend of Object.values(config.backends)) {
    const token = backend.auth?.token.reveal();
    const name = Object.keys(guesses).find((guess) => guesses[guess] === token);
    if (backend.dev !== undefined || name === undefined) continue;
    throw new CliError(
      'SPOOKY_CLI_MISSING_SECRET',
      `${name} is not set, and spooky dev does not start the backend ${backend.name} at ${backend.baseUrl}; put its token into .env.`,
    );
  }
}

async function mergedEnvironment(config: SpookyConfig, env: Environment): Promise<Record<string, string>> {
  const merged = await readEnvFile(path.join(config.root, '.env'));
  for (const [name, value] of Object.entries(env)) if (value !== undefined) merged[name] = value;
  return merged;
}
