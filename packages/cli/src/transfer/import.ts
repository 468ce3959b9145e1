import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CliError } from '../errors.ts';
import { withoutHiddenKeys } from './export-filters.ts';
import { request } from './request.ts';
import type { Target } from './target.ts';

/** The number of errors that the message quotes. */
const QUOTED = 5;

/**
 * Runs a file of SurrealQL on a server. The file is streamed, so it may be larger than memory.
 *
 * @param file the path, or `-` for standard input
 * @returns the number of statements
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` if the file cannot be read, `SPOOKY_CLI_TRANSFER_FAILED` if a statement failed. The
 *   statements of other transactions are applied nevertheless.
 */
export async function importFile(target: Target, file: string): Promise<number> {
  const source = await openSource(file);
  const response = await request(target, 'import', {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'text/plain' },
    body: Readable.toWeb(Readable.from(withoutHiddenKeys(source))) as ReadableStream<Uint8Array>,
    duplex: 'half',
  }).finally(() => source.destroy());
  const results: unknown = await response.json();
  const statements: { status?: unknown; result?: unknown }[] = Array.isArray(results) ? results : [];
  const failed = statements.filter(({ status }) => status !== 'OK');
  if (failed.length === 0) return statements.length;
  const reasons = [...new Set(failed.map(({ result }) => String(result)))].slice(0, QUOTED);
  throw new CliError(
    'SPOOKY_CLI_TRANSFER_FAILED',
    `${failed.length} of the ${statements.length} statements of ${file} failed; the others were applied:\n  ${reasons.join('\n  ')}`,
  );
}

async function openSource(file: string): Promise<Readable> {
  if (file === '-') return process.stdin;
  try {
    const handle = await open(file);
    const source = createReadStream('', { fd: handle });
    if ((await handle.stat()).isFile()) return source;
    source.destroy();
    throw new Error('it is not a file');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${file} cannot be read (${reason}); name a file of SurrealQL, such as an export of spooky db export.`;
    throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', message, { cause });
  }
}
