import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readText, type SpookyConfig } from '@spookify/config';

/** A SurrealQL file of the project. */
export interface SchemaFile {
  /** The path relative to the schema folder, with `/`. The database records the file under this name. */
  readonly name: string;
  readonly path: string;
  /** A `schema` file runs again when it changes. A `migration` runs once. */
  readonly kind: 'schema' | 'migration';
  readonly text: string;
  /** SHA-256 of the text with LF as line end. */
  readonly checksum: string;
}

/** The files that define the tables, in the order in which they are applied. Migrations are not among them. */
export function schemaFiles(config: SpookyConfig): string[] {
  const outboxes = Object.values(config.backends).map(({ method }) => method.schema);
  return [...new Set([path.join(config.schema, 'schema.surql'), ...outboxes])];
}

export function migrationsFolder(config: Pick<SpookyConfig, 'schema'>): string {
  return path.join(config.schema, 'migrations');
}

/** Reads all files in the order in which they are applied: schema.surql, the outbox of each backend, the migrations by name. */
export async function readSchemaFiles(config: SpookyConfig): Promise<SchemaFile[]> {
  const folder = migrationsFolder(config);
  const migrations = (await readdir(folder).catch(emptyWhenMissing)).filter((name) => name.endsWith('.surql')).sort();
  return Promise.all([
    ...schemaFiles(config).map((file) => readSchemaFile(config.schema, file, 'schema')),
    ...migrations.map((name) => readSchemaFile(config.schema, path.join(folder, name), 'migration')),
  ]);
}

/**
 * Reads a SurrealQL file with LF as line end, so that a checkout on Windows has the same checksums and texts.
 *
 * @throws ConfigError if it is missing or not UTF-8
 */
export async function readSchemaText(file: string): Promise<string> {
  return (await readText(file)).replaceAll('\r\n', '\n');
}

async function readSchemaFile(folder: string, file: string, kind: SchemaFile['kind']): Promise<SchemaFile> {
  const text = await readSchemaText(file);
  const name = path.relative(folder, file).replaceAll(path.sep, '/');
  return { name, path: file, kind, text, checksum: createHash('sha256').update(text).digest('hex') };
}

function emptyWhenMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
