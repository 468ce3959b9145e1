import path from 'node:path';
import type { SpookyConfig } from '@spookify/config';
import { displayPath } from '../../dev/display-path.ts';
import { CliError } from '../../errors.ts';
import { hasDefinition } from '../../generate/definition-place.ts';
import { readSchemaFiles } from '../../migrate/schema-files.ts';
import type { Outbox } from '../../outbox/outboxes.ts';
import { isThere } from '../is-there.ts';
import type { Workspace } from './workspace.ts';

/** Where the parts of a new backend belong. */
export interface Places {
  readonly config: SpookyConfig;
  readonly outbox: Outbox;
  /** The folder of its code. */
  readonly app: string;
  readonly workspace: Workspace;
}

/**
 * Says at once all that is there already.
 *
 * @throws CliError SPOOKY_CLI_FILE_EXISTS
 */
export async function refuseTaken({ config, outbox, app, workspace }: Places): Promise<void> {
  const { backend, table, file } = outbox;
  const packageName = workspace.nameOf(backend);
  const folder = workspace.packages.get(packageName);
  const definesTable = (await readSchemaFiles(config)).find(({ text }) => hasDefinition(text, table));
  const taken = [
    ...(config.backends[backend] === undefined ? [] : [`backends.${backend} in ${displayPath(config.file)}`]),
    ...((await isThere(app)) ? [displayPath(app)] : []),
    ...((await isThere(file)) ? [displayPath(file)] : []),
    ...(definesTable === undefined || definesTable.path === file
      ? []
      : [`the table ${table} in ${displayPath(definesTable.path)}`]),
    ...(folder === undefined || path.resolve(config.root, folder) === app
      ? []
      : [`the package ${packageName} in ${folder}`]),
  ];
  if (taken.length === 0) return;
  const message = `These are there already: ${taken.join(', ')}. Choose another name for the backend, or remove them first.`;
  throw new CliError('SPOOKY_CLI_FILE_EXISTS', message);
}
