import { isUtf8 } from 'node:buffer';
import { invalidByte, otherEncoding } from '@spookify/config';
import { CliError } from '../errors.ts';
import { linesOf } from './lines.ts';

const MARK = Buffer.from('\uFEFF');

/**
 * Splits a stream into lines, without a byte-order mark. Unlike a schema file, an import may be larger than memory.
 *
 * @param name of the stream in errors
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` at the first line that is not UTF-8
 */
export async function* utf8Lines(source: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Buffer> {
  let number = 0;
  for await (const line of linesOf(source)) {
    number += 1;
    const other = number === 1 ? otherEncoding(line) : undefined;
    if (other !== undefined) throw notText(name, 1, 1, other);
    if (!isUtf8(line)) {
      const { column, message } = invalidByte(line);
      throw notText(name, number, column, message);
    }
    yield number === 1 && line.subarray(0, MARK.length).equals(MARK) ? line.subarray(MARK.length) : line;
  }
}

function notText(name: string, line: number, column: number, message: string): CliError {
  return new CliError('SPOOKY_CLI_BAD_ARGUMENT', `${name}:${line}:${column}: ${message}`);
}
