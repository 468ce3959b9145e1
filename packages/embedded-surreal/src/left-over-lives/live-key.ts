/** The keys under which engine 3.0.2 files a live query: one beside its table, one beside the node that started it. */
import type { LeftOverLive } from './find.ts';

/** Key parts are text as it is, numbers of four bytes, ids of sixteen; a name ends with a zero byte. */
export function keysOf({ namespaceId, databaseId, table, live, node }: LeftOverLive): readonly [Buffer, Buffer] {
  const beside = ['/*', number(namespaceId), '*', number(databaseId), `*${table}\0!lq`, id(live)];
  return [join(beside), join(['/$', id(node), '!lq', id(live)])];
}

/** A name with control characters would be written with escapes, which are not known here. */
export const hasKnownKey = ({ table }: LeftOverLive): boolean => !/\p{Cc}/u.test(table);

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const id = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

const join = (parts: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf-8') : part)));
