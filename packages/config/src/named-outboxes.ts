import path from 'node:path';
import { type LoadOptions, openConfig } from './open.ts';
import { valueAt } from './schema-lookup.ts';

/** The job table of a backend. Fields that the config does not name are absent. */
export interface NamedOutbox {
  readonly backend: string;
  readonly table?: string;
  /** Absolute path of its file, which may not exist. */
  readonly file?: string;
}

export interface NamedOutboxes {
  /** The config itself. */
  readonly config: string;
  /** The folder of the schema. */
  readonly schema: string;
  readonly outboxes: readonly NamedOutbox[];
}

/**
 * Returns the job tables that a config names, for commands that create missing files. It also works for an invalid
 * config, as far as it can be read.
 *
 * @throws ConfigError when there is no config to read
 */
export async function namedOutboxes(options: LoadOptions = {}): Promise<NamedOutboxes> {
  const { source, interpolation } = await openConfig(options);
  const root = path.dirname(source.file);
  const named = (...at: string[]): string | undefined => {
    const value = at.reduce<unknown>(valueAt, interpolation.value);
    return typeof value === 'string' && value.trim() !== '' ? value : undefined;
  };
  const outboxes = Object.keys(Object(valueAt(interpolation.value, 'backends'))).map((backend): NamedOutbox => {
    const table = named('backends', backend, 'method', 'table');
    const file = named('backends', backend, 'method', 'schema');
    return {
      backend,
      ...(table !== undefined && { table }),
      ...(file !== undefined && { file: path.resolve(root, file) }),
    };
  });
  return { config: source.file, schema: path.resolve(root, named('schema') ?? 'schema'), outboxes };
}
