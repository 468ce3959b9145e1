import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigError, readEditableIfThere, type SpookyConfig } from '@spookify/config';
import { generatePayloads, payloadFileOf } from './generate-payloads.ts';
import { generateTypes } from './generate-types.ts';
import { readSchema } from './schema.ts';
import { tableIssues } from './schema-issues.ts';
import type { TableStructure } from './structure.ts';

export interface GenerateOptions {
  /** Write nothing, only report which files would change. Default: false. */
  readonly check?: boolean;
}

export interface GeneratedFile {
  /** Absolute path. */
  readonly file: string;
  /** `stale` (only with `check`): the file is missing or out of date. */
  readonly state: 'written' | 'unchanged' | 'stale';
}

/**
 * Writes the two files of every `clientTypes` entry, as `spooky generate` does: the types, and the compiled request schemas beside them.
 * Files that are up to date are not written, so that they do not trigger watchers.
 *
 * @throws ConfigError if the schema cannot be applied, or if a table would be missing from the types because it has no PERMISSIONS.
 *   Nothing is written then.
 */
export async function runGenerate(config: SpookyConfig, options: GenerateOptions = {}): Promise<GeneratedFile[]> {
  if (config.clientTypes.length === 0) return [];
  const schema = await readSchema(config, { outboxes: 'none' });
  const issues = await tableIssues(config, schema);
  if (issues.length > 0) throw new ConfigError(issues, process.cwd());
  return writeTypes(config, schema.tables, options);
}

/** Writes the files for tables that have been read already. */
export async function writeTypes(
  config: SpookyConfig,
  schema: readonly TableStructure[],
  options: GenerateOptions = {},
): Promise<GeneratedFile[]> {
  const payloads = generatePayloads(config);
  const texts = config.clientTypes.flatMap(({ output }) => {
    const payloadFile = payloadFileOf(output);
    // The file of types imports the other one, which must be there first.
    return [
      { file: payloadFile, text: payloads },
      { file: output, text: generateTypes(config, schema, path.basename(payloadFile)) },
    ];
  });
  const files: GeneratedFile[] = [];
  for (const { file, text } of texts) {
    // A checkout may have converted the line ends.
    const unchanged = (await readEditableIfThere(file))?.text === text;
    if (!unchanged && !options.check) await replace(file, text);
    files.push({ file, state: unchanged ? 'unchanged' : options.check ? 'stale' : 'written' });
  }
  return files;
}

/** Replaces a file in one step, so that a dev server never reads a partly written one. */
async function replace(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, file);
}
