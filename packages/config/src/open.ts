import { stat } from 'node:fs/promises';
import path from 'node:path';
import { readEnvironment } from './environment.ts';
import { ConfigError, type ConfigIssue } from './errors.ts';
import { type Environment, type Interpolation, interpolate } from './interpolate.ts';
import { parseSource, type Source } from './source.ts';
import { readTextIfThere } from './text-file.ts';

/** Where to find the config. */
export interface LoadOptions {
  /** The config to read, relative to `cwd`. Default: the nearest sp00ky.yml in `cwd` or a folder above it. */
  readonly file?: string;
  /** Default: the working directory of the process. Paths in errors are relative to it. */
  readonly cwd?: string;
  /**
   * Variables for `${NAME}` and the overrides. Variables that are missing here are read from `.env` beside the config.
   * Default: `process.env`.
   */
  readonly env?: Environment;
}

/** A config that was found, parsed and interpolated, but not checked. */
export interface OpenedConfig {
  readonly cwd: string;
  readonly source: Source;
  /** The environment merged with `.env`. */
  readonly env: Environment;
  readonly interpolation: Interpolation;
  /** Problems of the YAML and of `.env`. */
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
  const text = await readTextIfThere(file, cwd);
  if (text !== undefined) return text;
  const message = 'there is no such file; change to the project folder, or name the file with --config FILE';
  throw new ConfigError([{ code: 'SPOOKY_CONFIG_NOT_FOUND', file, line: 1, column: 1, path: '', message }], cwd);
}
