import path from 'node:path';
import { backendNameFault, closest, type LoadOptions, namedOutboxes } from '@spookify/config';
import type { OutboxNames } from '@spookify/runner/outbox';
import { CliError } from '../errors.ts';

/** The outbox file of one backend. */
export interface Outbox extends OutboxNames {
  /** Absolute path. */
  readonly file: string;
  /** Whether sp00ky.yml has this backend with this table and file. */
  readonly configured: boolean;
}

/** What follows for a backend that sp00ky.yml does not name, or not wholly. */
export async function outboxOf(backend: string, options: LoadOptions): Promise<Outbox> {
  const fault = backendNameFault(backend);
  if (fault !== undefined)
    throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', `"${backend}" cannot name a backend: ${fault}.`);
  const { schema, outboxes } = await namedOutboxes(options);
  const { table, file } = outboxes.find((one) => one.backend === backend) ?? {};
  if (table !== undefined && !/^[A-Za-z_]\w*$/.test(table)) {
    const message = `method.table of ${backend} is no table name; write letters, digits and _.`;
    throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', message);
  }
  return {
    backend,
    table: table ?? `${backend.replaceAll('-', '_')}_job`,
    file: file ?? path.join(schema, 'outbox', `${backend}.surql`),
    configured: table !== undefined && file !== undefined,
  };
}

/**
 * The outboxes of sp00ky.yml: all, or the one of this backend.
 *
 * @throws CliError SPOOKY_CLI_BAD_ARGUMENT for a backend that sp00ky.yml does not have
 */
export async function chosenOutboxes(backend: string | undefined, options: LoadOptions): Promise<Outbox[]> {
  const names = (await namedOutboxes(options)).outboxes.map((outbox) => outbox.backend);
  if (backend === undefined) return Promise.all(names.map((name) => outboxOf(name, options)));
  if (names.includes(backend)) return [await outboxOf(backend, options)];
  const meant = closest(backend, names);
  const hint = meant === undefined ? `sp00ky.yml has ${names.join(', ') || 'none'}` : `did you mean ${meant}?`;
  throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', `There is no backend ${backend}; ${hint}`);
}
