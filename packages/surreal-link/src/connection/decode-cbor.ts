/*
 * Decodes CBOR, the form of the database's messages. The SDK (2.0.8) has a decoder of its own, but it loses three values: it
 * drops a byte order mark at the start of a text, makes a member named `__proto__` the prototype of its object, and reads the
 * integer -(2^53) - 1 as -(2^53).
 */
import { CborInvalidMajorError, infiniteBytes, Reader, Tagged } from '@surrealdb/cbor';

/** Makes a value of the content of a tag. */
type TagReaders = Readonly<Record<number, (content: unknown) => unknown>>;

const texts = new TextDecoder('utf-8', { ignoreBOM: true });

/** In place of a length: the items go on until a break. */
const OPEN = 31;
const BREAK = 0xff;

/**
 * Decodes one value.
 *
 * @param tagged by the tag's number; an unknown tag becomes a `Tagged`
 * @throws CborError if the bytes are not CBOR
 */
export function decodeCbor(bytes: Uint8Array, tagged: TagReaders): unknown {
  const reader = new Reader(bytes);

  function next(): unknown {
    const [major, info] = reader.readMajor();
    switch (major) {
      case 0:
        return reader.readMajorLength(info);
      case 1:
        return negative(reader.readMajorLength(info));
      case 2:
        return info === OPEN ? infiniteBytes(reader, 2) : new Uint8Array(bytesOf(info)).buffer;
      case 3:
        return texts.decode(info === OPEN ? infiniteBytes(reader, 3) : bytesOf(info));
      case 4:
        return items(info);
      case 5:
        return members(info);
      case 6: {
        const tag = Number(reader.readMajorLength(info));
        const content = next();
        const read = tagged[tag];
        return read === undefined ? new Tagged(tag, content) : read(content);
      }
      default:
        return simple(info);
    }
  }

  function bytesOf(info: number): Uint8Array {
    return reader.readBytes(Number(reader.readMajorLength(info)));
  }

  function items(info: number): unknown[] {
    const list: unknown[] = [];
    each(info, () => list.push(next()));
    return list;
  }

  function members(info: number): object {
    const object: Record<string, unknown> = {};
    each(info, () => {
      const name = String(next());
      if (name === '__proto__') Object.defineProperty(object, name, { ...MEMBER, value: next() });
      else object[name] = next();
    });
    return object;
  }

  function each(info: number, read: () => void): void {
    const length = info === OPEN ? Number.POSITIVE_INFINITY : Number(reader.readMajorLength(info));
    for (let count = 0; count < length; count += 1) {
      if (info === OPEN && reader.peekUint8() === BREAK) {
        reader.skip();
        return;
      }
      read();
    }
  }

  function simple(info: number): unknown {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 23:
        return undefined;
      case 25:
        return reader.readFloat16();
      case 26:
        return reader.readFloat32();
      case 27:
        return reader.readFloat64();
      default:
        throw new CborInvalidMajorError(`${info} is not a simple value`);
    }
  }

  return next();
}

const MEMBER = { enumerable: true, configurable: true, writable: true };

/** -(value + 1), exactly. */
function negative(value: number | bigint): number | bigint {
  const isExact = typeof value === 'number' && Number.isSafeInteger(value);
  return isExact ? -(value + 1) : -(BigInt(value) + 1n);
}
