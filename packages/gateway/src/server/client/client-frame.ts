import type { ClientFrame } from '../../wire/frames.ts';
import { FrameError } from './frame-error.ts';

/** The members of each frame besides `type`: required ones and optional ones. */
const SHAPES: Readonly<Record<ClientFrame['type'], readonly [needed: readonly string[], allowed: readonly string[]]>> =
  {
    subscribe: [['id', 'plan'], ['digest']],
    unsubscribe: [['id'], []],
    write: [['id', 'write', 'key'], []],
    sync: [['id'], []],
    ping: [[], []],
  };
const DIGEST_MAX = 64;
const KEY = /^[\w-]{1,64}$/;

/**
 * Parses a frame. The plan or write in it only has to be present: it is checked later, where an error affects only that
 * plan or write.
 *
 * @throws FrameFault
 */
export function readClientFrame(text: string): ClientFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw new FrameError('not JSON');
  }
  if (!isObject(frame)) throw new FrameError('not an object');
  const { type } = frame;
  if (typeof type !== 'string' || !Object.hasOwn(SHAPES, type)) throw new FrameError('unknown type');
  const [needed, allowed] = SHAPES[type as ClientFrame['type']];
  const names = Object.keys(frame).filter((name) => name !== 'type');
  if (!needed.every((name) => names.includes(name))) throw new FrameError(`"${type}" lacks a member`);
  if (!names.every((name) => needed.includes(name) || allowed.includes(name)))
    throw new FrameError(`"${type}" has an unknown member`);
  if (needed.includes('id') && !(Number.isSafeInteger(frame.id) && Number(frame.id) >= 0))
    throw new FrameError('bad id');
  if (needed.includes('key') && !isKey(frame.key)) throw new FrameError('bad key');
  if (frame.digest !== undefined && !isDigest(frame.digest)) throw new FrameError('bad digest');
  return frame as unknown as ClientFrame;
}

function isDigest(value: unknown): boolean {
  return typeof value === 'string' && value.length <= DIGEST_MAX;
}

function isKey(value: unknown): boolean {
  return typeof value === 'string' && KEY.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
