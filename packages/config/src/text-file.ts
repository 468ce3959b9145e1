/** The one reader of text files. Every command accepts the same files and refuses the others with the same words. */
import { readFile, stat } from 'node:fs/promises';
import { type DecodedText, decodeText } from './decode-text.ts';
import { ConfigError, type ConfigIssue, type ConfigIssueCode } from './errors.ts';

/** 16 MiB. A larger file is data. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A text file to edit. */
export interface EditableText {
  /** Without a byte-order mark, and with LF if all lines end with CRLF. */
  readonly text: string;
  /** Gives an edited text the byte-order mark and the line ends of the file. */
  restore(edited: string): string;
}

/**
 * Reads a file in UTF-8, with or without a byte-order mark, which is removed.
 *
 * @param cwd the folder that paths in errors are relative to. Default: the working directory of the process
 * @throws ConfigError with one issue: `SPOOKY_CONFIG_MISSING_FILE`, `SPOOKY_CONFIG_BAD_ENCODING` for another encoding or a
 * NUL character, or `SPOOKY_CONFIG_UNREADABLE` for a folder, a file without permission, or one larger than 16 MiB
 */
export async function readText(file: string, cwd = process.cwd()): Promise<string> {
  return (await read(file, cwd)).text;
}

/** Like `readText`, but returns undefined if there is no such file. */
export function readTextIfThere(file: string, cwd?: string): Promise<string | undefined> {
  return readText(file, cwd).catch(undefinedIfMissing);
}

/** Reads a file to edit. Throws as `readText` does. */
export async function readEditable(file: string, cwd = process.cwd()): Promise<EditableText> {
  const { text, hasMark } = await read(file, cwd);
  const hasCrlf = text.includes('\r\n') && !/(?<!\r)\n/.test(text);
  const mark = hasMark ? '\uFEFF' : '';
  return {
    text: hasCrlf ? text.replaceAll('\r\n', '\n') : text,
    restore: (edited) => mark + (hasCrlf ? edited.replaceAll('\n', '\r\n') : edited),
  };
}

/** Like `readEditable`, but returns undefined if there is no such file. */
export function readEditableIfThere(file: string): Promise<EditableText | undefined> {
  return readEditable(file).catch(undefinedIfMissing);
}

async function read(file: string, cwd: string): Promise<DecodedText> {
  const bytes = await bytesOf(file, cwd);
  const decoded = decodeText(bytes);
  if (!('fault' in decoded)) return decoded;
  throw new ConfigError([{ code: 'SPOOKY_CONFIG_BAD_ENCODING', file, path: '', ...decoded.fault }], cwd);
}

async function bytesOf(file: string, cwd: string): Promise<Uint8Array> {
  const fail = (code: ConfigIssueCode, message: string): ConfigError => {
    const issue: ConfigIssue = { code, file, line: 1, column: 1, path: '', message };
    return new ConfigError([issue], cwd);
  };
  try {
    const stats = await stat(file);
    if (stats.isDirectory()) throw fail('SPOOKY_CONFIG_UNREADABLE', 'is a folder; name a file');
    // Reading a pipe or a device may never end.
    if (!stats.isFile()) throw fail('SPOOKY_CONFIG_UNREADABLE', 'is not a regular file; name one');
    if (stats.size > MAX_BYTES) throw fail('SPOOKY_CONFIG_UNREADABLE', 'is larger than 16 MiB; make it smaller');
    return await readFile(file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (reason === 'ENOENT' || reason === 'ENOTDIR') {
      throw fail('SPOOKY_CONFIG_MISSING_FILE', 'there is no such file; create it, or correct the path');
    }
    throw fail('SPOOKY_CONFIG_UNREADABLE', `cannot be read (${reason}); check its permissions`);
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof ConfigError && error.issues[0]?.code === 'SPOOKY_CONFIG_MISSING_FILE') return undefined;
  throw error;
}
