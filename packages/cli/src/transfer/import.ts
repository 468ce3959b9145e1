import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CliError } from '../errors.ts';
import { withoutHiddenKeys } from './export-filters.ts';
import { request } from './request.ts';
import type { Target } from './target.ts';
import { utf8Lines } from './utf8-lines.ts';

/** The number of errors that the message quotes. */
const QUOTED = 5;

/**
 * Runs a file of SurrealQL on a server. The file is streamed, so it may be larger than memory. Before anything is sent, it is
 * read once to check that it is UTF-8. Standard input can be read only once, so statements before a wrong line may be applied.
 *
 * @param file the path, or `-` for standard input
 * @returns the number of statements
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` if the file cannot be read or is not UTF-8, `SPOOKY_CLI_TRANSFER_FAILED` if a statement failed. The
 *   statements of other transactions are applied nevertheless.
 */
export async function importFile(target: Target, file: string): Promise<number> {
  if (file !== '-') await checkText(file);
  const results = await send(target, file);
  const statements: { status?: unknown; result?: unknown }[] = Array.isArray(results) ? results : [];
  const failed = statements.filter(({ status }) => status !== 'OK');
  if (failed.length === 0) return statements.length;
  const reasons = [...new Set(failed.map(({ result }) => String(result)))].slice(0, QUOTED);
  throw new CliError(
    'SPOOKY_CLI_TRANSFER_FAILED',
    `${failed.length} of the ${statements.length} statements of ${file} failed; the others were applied:\n  ${reasons.join('\n  ')}`,
  );
}

async function checkText(file: string): Promise<void> {
  const source = await openSource(file);
  try {
    for await (const _ of utf8Lines(source, file)) {
      // Only reading can fail.
    }
  } finally {
    source.destroy();
  }
}

async function send(target: Target, file: string): Promise<unknown> {
  const source = await openSource(file);
  let fault: unknown;
  async function* text(): AsyncGenerator<Buffer> {
    try {
      yield* withoutHiddenKeys(utf8Lines(source, file === '-' ? 'standard input' : file));
    } catch (error) {
      fault = error;
      throw error;
    }
  }
  try {
    const response = await request(target, 'import', {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'text/plain' },
      body: Readable.toWeb(Readable.from(text())) as ReadableStream<Uint8Array>,
      duplex: 'half',
    });
    return await response.json();
  } catch (error) {
    // The request reports an input that breaks off as a lost connection.
    throw fault ?? error;
  } finally {
    source.destroy();
  }
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
