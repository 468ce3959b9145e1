import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { CliError } from '../errors.ts';
import { withoutEngine, withoutHiddenKeys } from './export-filters.ts';
import { causeOf, request } from './request.ts';
import type { Target } from './target.ts';

/**
 * Exports a database as SurrealQL, without the tables of gateways and runners. The file gets its name when it is complete.
 *
 * @returns the length in bytes
 * @throws CliError `SPOOKY_CLI_TRANSFER_FAILED` if the connection breaks or the file cannot be written
 */
export async function exportFile(target: Target, file: string): Promise<number> {
  const response = await request(target, 'export', { headers: { accept: 'application/octet-stream' } });
  const draft = `${file}.${process.pid}.part`;
  try {
    const length = await receive(response, createWriteStream(draft, { mode: 0o600 }));
    await rename(draft, file);
    return length;
  } catch (cause) {
    await rm(draft, { force: true });
    throw transferError(`the export to ${file}`, cause);
  }
}

/** Exports a database to standard output. */
export async function exportToStdout(target: Target): Promise<void> {
  const response = await request(target, 'export', { headers: { accept: 'application/octet-stream' } });
  await receive(response, process.stdout).catch((cause: unknown) => {
    throw transferError('the export', cause);
  });
}

async function receive(response: Response, sink: Writable): Promise<number> {
  let length = 0;
  const source = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
  async function* counted(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const line of lines) {
      length += line.length;
      yield line;
    }
  }
  await pipeline(source, withoutEngine, withoutHiddenKeys, counted, sink, { end: sink !== process.stdout });
  return length;
}

function transferError(what: string, cause: unknown): CliError {
  const message = `Could not finish ${what} (${causeOf(cause)}); the output is incomplete, try again.`;
  return new CliError('SPOOKY_CLI_TRANSFER_FAILED', message, { cause });
}
