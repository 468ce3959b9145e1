/** Finds the faults of a schema that the engine accepts, each with its place in the files. */
import type { ConfigIssue, ConfigIssueCode, SpookyConfig } from '@spookify/config';
import type { SchemaFault } from '@spookify/gateway/schema';
import { readSchemaText, schemaFiles } from '../migrate/schema-files.ts';
import { fieldPlace, hasDefinition, type Place, placeAt } from './definition-place.ts';
import type { OutboxFault } from './outbox-table.ts';
import type { Schema } from './schema.ts';
import { checkTable } from './schema-rules.ts';
import { checkTableDefinitions, definedTables } from './table-rules.ts';
import { findUnknownFunctions } from './unknown-functions.ts';

export interface SchemaIssues {
  readonly errors: readonly ConfigIssue[];
  /** Faults that cost time but break nothing. */
  readonly warnings: readonly ConfigIssue[];
}

interface SchemaText {
  readonly file: string;
  readonly text: string;
}

/** Reports broken rules of the schema, faults for the gateway, and faults of the job tables, in the order of the files. */
export async function schemaIssues(config: SpookyConfig, schema: Schema): Promise<SchemaIssues> {
  const texts = await readTexts(config);
  const placeOf = ({ file, line, column }: ConfigIssue) => [
    texts.findIndex((text) => text.file === file),
    line,
    column,
  ];
  const all = [
    ...definitionIssues(schema, texts),
    ...texts.flatMap((text) => functionIssues(schema, text)),
    ...referenceIssues(schema, texts),
    ...schema.faults.map((fault) => gatewayIssue(fault, texts)),
    ...outboxIssues(config, schema, texts),
  ].toSorted((one, other) => compare(placeOf(one), placeOf(other)));
  return {
    errors: all.filter(({ severity }) => severity === undefined),
    warnings: all.filter(({ severity }) => severity === 'warning'),
  };
}

/** Reports tables that are closed to every user without an explicit PERMISSIONS NONE, and tables with reserved names. */
export async function tableIssues(config: SpookyConfig, schema: Schema): Promise<ConfigIssue[]> {
  return definitionIssues(schema, await readTexts(config));
}

function readTexts(config: SpookyConfig): Promise<SchemaText[]> {
  return Promise.all(schemaFiles(config).map(async (file) => ({ file, text: await readSchemaText(file) })));
}

/** Compares two lists by the first number that differs. */
function compare(one: readonly number[], other: readonly number[]): number {
  return one.map((number, index) => number - (other[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

function definitionIssues(schema: Schema, texts: readonly SchemaText[]): ConfigIssue[] {
  const written = texts.flatMap(({ file, text }) =>
    checkTableDefinitions(text).map(({ code, table, index, message }) => ({
      ...{ code, file, ...placeAt(text, index), path: table, message },
    })),
  );
  return [...written, ...undefinedTableIssues(schema, texts)];
}

/** DEFINE FIELD creates a table that no DEFINE TABLE defines. Such a table is closed to every user. */
function undefinedTableIssues({ tables }: Schema, texts: readonly SchemaText[]): ConfigIssue[] {
  const defined = new Set(texts.flatMap(({ text }) => definedTables(text)));
  return tables
    .filter(({ name }) => !defined.has(name))
    .map(({ name, fields: [field] }): ConfigIssue => {
      const message = `only its fields are defined, so browsers cannot see it and it gets no type; add DEFINE TABLE ${name} with PERMISSIONS, or correct the name`;
      return { code: 'SPOOKY_CONFIG_NO_PERMISSIONS', ...definitionOf(texts, name, field?.name), path: name, message };
    });
}

function functionIssues({ functions }: Schema, { file, text }: SchemaText): ConfigIssue[] {
  return findUnknownFunctions(text, functions).map(({ name, index, message }) => ({
    ...{ code: 'SPOOKY_CONFIG_UNKNOWN_FUNCTION', file, ...placeAt(text, index), path: name, message },
  }));
}

function referenceIssues({ tables }: Schema, texts: readonly SchemaText[]): ConfigIssue[] {
  return tables.flatMap((table) =>
    checkTable(table).map(({ field, message }): ConfigIssue => {
      const path = `${table.name}.${field}`;
      return { code: 'SPOOKY_CONFIG_UNSAFE_FIELD', ...definitionOf(texts, table.name, field), path, message };
    }),
  );
}

const CODES: Readonly<Record<SchemaFault['kind'], ConfigIssueCode>> = {
  'engine-permission': 'SPOOKY_CONFIG_SLOW_PERMISSION',
  'row-dependent-field': 'SPOOKY_CONFIG_UNSAFE_FIELD',
  'unindexed-key': 'SPOOKY_CONFIG_UNINDEXED_KEY',
};

function gatewayIssue(fault: SchemaFault, texts: readonly SchemaText[]): ConfigIssue {
  const { table, field, message, severity } = fault;
  const path = field === undefined ? table : `${table}.${field}`;
  const issue = { code: CODES[fault.kind], ...definitionOf(texts, table, field), path, message };
  return severity === 'warning' ? { ...issue, severity } : issue;
}

/** The faults of the job tables as issues. */
function outboxIssues(config: SpookyConfig, { outboxes }: Schema, texts: readonly SchemaText[]): ConfigIssue[] {
  return Object.values(config.backends).flatMap(({ name, method }): ConfigIssue[] => {
    const file = method.schema;
    const faults = outboxes.get(method.table);
    if (faults === undefined) {
      const message = `no file defines the table; correct method.table, or rename this file and run spooky outbox add ${name}, which writes the table`;
      return [{ code: 'SPOOKY_CONFIG_BAD_JOB_TABLE', file, line: 1, column: 1, path: method.table, message }];
    }
    const text = texts.find((one) => one.file === file)?.text ?? '';
    const issue = (code: ConfigIssueCode, { field, message }: OutboxFault): ConfigIssue => {
      const path = field === undefined ? method.table : `${method.table}.${field}`;
      return { code, file, ...fieldPlace(text, method.table, field), path, message };
    };
    return [
      ...faults.structure.map((fault) => issue('SPOOKY_CONFIG_BAD_JOB_TABLE', fault)),
      ...faults.guards.map(({ message, ...fault }) =>
        issue('SPOOKY_CONFIG_BAD_JOB_GUARD', {
          ...fault,
          message: `${message}; run spooky outbox upgrade ${name}, which restores the guards`,
        }),
      ),
    ];
  });
}

/** The place that defines the field, or else its table, or else the start of the first file. */
function definitionOf(
  texts: readonly SchemaText[],
  table: string,
  field: string | undefined,
): { file: string } & Place {
  const found =
    texts.find(({ text }) => hasDefinition(text, table, field)) ??
    texts.find(({ text }) => hasDefinition(text, table)) ??
    texts[0];
  if (found === undefined) throw new TypeError('A project has at least one schema file.');
  return { file: found.file, ...fieldPlace(found.text, table, field) };
}
