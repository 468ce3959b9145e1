import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { backendEntry, type LoadOptions } from '@spookify/config';
import { newOutboxFile } from '@spookify/runner/outbox';
import { displayPath } from '../dev/display-path.ts';
import { CliError } from '../errors.ts';
import { tokenVariable } from '../secrets.ts';
import { type Outbox, outboxOf } from './outboxes.ts';

/**
 * Writes the outbox file of a backend, where there is none yet: at the place and for the table that sp00ky.yml names, else
 * `outbox/<backend>.surql` in the folder of the schema, for the table `<backend>_job`.
 *
 * @throws CliError SPOOKY_CLI_FILE_EXISTS, SPOOKY_CLI_BAD_ARGUMENT; ConfigError when there is no sp00ky.yml
 */
export async function addOutbox(backend: string, options: LoadOptions): Promise<Outbox> {
  const outbox = await outboxOf(backend, options);
  await mkdir(path.dirname(outbox.file), { recursive: true });
  // `wx`: nothing that is there is ever lost, also if two of these run at once.
  await writeFile(outbox.file, newOutboxFile(outbox), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    const message = `${displayPath(outbox.file)} is there already; run spooky outbox upgrade ${backend} to bring it up to date.`;
    throw new CliError('SPOOKY_CLI_FILE_EXISTS', message);
  });
  return outbox;
}

/** What sp00ky.yml needs under `backends`. */
export function configEntry({ backend, table, file }: Outbox, root: string): string {
  return backendEntry({
    ...{ name: backend, baseUrl: 'http://127.0.0.1:3670', spec: `./${backend}.openapi.yaml` },
    ...{ tokenVariable: tokenVariable(backend), table, outbox: pathInConfig(root, file) },
  });
}

/** A file as sp00ky.yml names it, in the folder `root`. */
export function pathInConfig(root: string, file: string): string {
  return `./${path.relative(root, file).replaceAll(path.sep, '/')}`;
}
