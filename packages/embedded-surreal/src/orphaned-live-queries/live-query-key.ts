/** The keys under which engine 3.0.2 stores a live query: one under its table, one under the node that started it. */
import type { OrphanedLiveQuery } from './find-orphans.ts';

/** Text is stored as it is, a number in four bytes, an id in sixteen; a name ends with a zero byte. */
export function keysOf({ namespaceId, databaseId, table, live, node }: OrphanedLiveQuery): readonly [Buffer, Buffer] {
  const beside = ['/*', number(namespaceId), '*', number(databaseId), `*${table}\0!lq`, id(live)];
  return [join(beside), join(['/$', id(node), '!lq', id(live)])];
}

/** The engine escapes control characters in names, in a way that this code does not know. */
export const hasKnownKey = ({ table }: OrphanedLiveQuery): boolean => !/\p{Cc}/u.test(table);

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const id = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

const join = (parts: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf-8') : part)));
