import { ConfigError, type ConfigIssue, type SpookyConfig } from '@spookify/config';
import { type EmbeddedEngine, openEngine } from '@spookify/embedded-surreal';
import { readDatabaseSchema, type SchemaFault, schemaFaults } from '@spookify/gateway/schema';
import type { Queries } from '@spookify/surreal-link';
import { readSchemaText, schemaFiles } from '../migrate/schema-files.ts';
import { checkOutboxes, type OutboxFaults } from './outbox-faults.ts';
import { type Query, readStructure, type TableStructure } from './structure.ts';

export interface Schema {
  readonly tables: readonly TableStructure[];
  /** The names of the functions, with their `fn::`. */
  readonly functions: readonly string[];
  /** Parts of the schema that are slow in the gateway, or that it refuses. */
  readonly faults: readonly SchemaFault[];
  /** The faults of the job tables, by table. Empty with `outboxes: 'none'`. A table that no file defines is not in it. */
  readonly outboxes: ReadonlyMap<string, OutboxFaults>;
}

export interface ReadSchemaOptions {
  /** The checks of the job tables: none, the fields and indexes, or these and trials of their guards. Default: `tried`. */
  readonly outboxes?: 'none' | 'structure' | 'tried';
}

/**
 * Applies the schema of `config` to an empty engine in memory, and reads the resulting definitions.
 *
 * @throws ConfigError with one issue for each file that the engine refuses
 */
export async function readSchema(
  config: SpookyConfig,
  { outboxes = 'tried' }: ReadSchemaOptions = {},
): Promise<Schema> {
  const engine = await openEngine({ type: 'memory' });
  try {
    await engine.use(config.surrealdb.namespace, config.surrealdb.database);
    const query: Query = (statements) => engine.query(statements);
    const issues: ConfigIssue[] = [];
    for (const file of schemaFiles(config)) {
      const text = await readSchemaText(file);
      await query(text).catch((error: unknown) => issues.push(refusal(file, error)));
    }
    if (issues.length > 0) throw new ConfigError(issues, process.cwd());
    const { tables, functions } = await readStructure(query);
    const faults = schemaFaults(await readDatabaseSchema(queriesOf(engine)));
    return {
      tables,
      functions,
      faults,
      outboxes: outboxes === 'none' ? new Map() : await checkOutboxes(engine, config, tables, outboxes === 'tried'),
    };
  } finally {
    await engine.close();
  }
}

/** Adapts an engine in this process to the interface of a connection. */
function queriesOf(engine: EmbeddedEngine): Queries {
  return {
    queryAll: async <Results extends unknown[]>(text: string) => (await engine.query(text)) as Results,
    query: async <Result>(text: string) => (await engine.query(text)).at(-1) as Result,
  };
}

/** The engine reports the place of a syntax error (`--> [12:5]`), but not that of a statement that fails when it runs. */
function refusal(file: string, error: unknown): ConfigIssue {
  const text = error instanceof Error ? error.message : String(error);
  const [, line = '1', column = '1'] = /-->\s*\[(\d+):(\d+)\]/.exec(text) ?? [];
  const [message = ''] = text.replace(/^The database refused a statement: /, '').split('\n');
  return {
    code: 'SPOOKY_CONFIG_BAD_SCHEMA',
    file,
    line: Number(line),
    column: Number(column),
    path: '',
    message: `${message.trim()}; correct the statement`,
  };
}
