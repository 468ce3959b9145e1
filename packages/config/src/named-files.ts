import path from 'node:path';
import { type LoadOptions, openConfig } from './open.ts';
import { valueAt } from './schema-lookup.ts';

/** The files and folders that a config names. They may not exist. */
export interface NamedFiles {
  /** The config itself, `.env`, the specs, the outbox schemas, the env-files and schema.surql. */
  readonly files: readonly string[];
  /** The folder of the schema. */
  readonly schema: string;
}

/**
 * Returns the absolute paths of all files that loading this config reads, except package.json, for a watcher. It also
 * works for an invalid config, as far as it can be read.
 *
 * @throws ConfigError when there is no config to read
 */
export async function namedFiles(options: LoadOptions = {}): Promise<NamedFiles> {
  const { source, interpolation } = await openConfig(options);
  const tree = interpolation.value;
  const root = path.dirname(source.file);
  const named = (...at: string[]): string[] => {
    const value = at.reduce<unknown>(valueAt, tree);
    return typeof value === 'string' && value.trim() !== '' ? [path.resolve(root, value)] : [];
  };
  const [schema = path.join(root, 'schema')] = named('schema');
  const backends = Object.keys(Object(valueAt(tree, 'backends')));
  const files = [
    source.file,
    path.join(root, '.env'),
    path.join(schema, 'schema.surql'),
    ...backends.flatMap((name) => [
      ...named('backends', name, 'spec'),
      ...named('backends', name, 'method', 'schema'),
      ...named('backends', name, 'dev', 'env-file'),
    ]),
    ...named('frontend', 'dev', 'env-file'),
  ];
  return { files: [...new Set(files)], schema };
}
