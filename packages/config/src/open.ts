import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { readEnvironment } from './environment.ts';
import { ConfigError, type ConfigIssue, type ConfigIssueCode } from './errors.ts';
import { type Environment, type Interpolation, interpolate } from './interpolate.ts';
import { parseSource, type Source } from './source.ts';

export interface LoadOptions {
  /** The config to read, relative to `cwd`. Default: the nearest sp00ky.yml in `cwd` or a folder above it. */
  readonly file?: string;
  /** Default: the working directory of the process. Errors name files as seen from here. */
  readonly cwd?: string;
  /** Variables for `${NAME}` and the overrides; `.env` beside the config lies under them. Default: `process.env`. */
  readonly env?: Environment;
}

/** A config found, parsed and interpolated, but not yet checked. */
export interface OpenedConfig {
  readonly cwd: string;
  readonly source: Source;
  /** The environment with `.env` under it. */
  readonly env: Environment;
  readonly interpolation: Interpolation;
  /** Of the YAML and of `.env`. */
  readonly issues: readonly ConfigIssue[];
}

const FILE_NAME = 'sp00ky.yml';

/** @throws ConfigError when there is no config to read */
export async function openConfig(options: LoadOptions): Promise<OpenedConfig> {
  const cwd = path.resolve(options.cwd ?? process.cwd());
  const file = options.file === undefined ? await findUpwards(cwd) : path.resolve(cwd, options.file);
  const text = await read(file, cwd);
  const source = parseSource(file, text);
  const { env, issues } = await readEnvironment(path.dirname(file), options.env ?? process.env);
  return { cwd, source, env, interpolation: interpolate(source.value, env), issues: [...source.issues, ...issues] };
}

async function findUpwards(cwd: string): Promise<string> {
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    const file = path.join(folder, FILE_NAME);
    const found = await stat(file).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (found) return file;
    if (folder === path.dirname(folder)) return path.join(cwd, FILE_NAME);
  }
}

async function read(file: string, cwd: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const issue = (code: ConfigIssueCode, message: string): ConfigError =>
      new ConfigError([{ code, file, line: 1, column: 1, path: '', message }], cwd);
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (reason !== 'ENOENT')
      throw issue('SPOOKY_CONFIG_UNREADABLE', `cannot be read (${reason}); name a readable file`);
    throw issue('SPOOKY_CONFIG_NOT_FOUND', 'there is no such file; go to the project, or name it with --config FILE');
  }
}
