import type { ClientFrame } from '../wire/frames.ts';
import { FrameFault } from './frame-fault.ts';

/** The members of each frame besides `type`: required ones and optional ones. */
const SHAPES: Readonly<Record<ClientFrame['type'], readonly [needed: readonly string[], allowed: readonly string[]]>> =
  {
    subscribe: [['id', 'plan'], ['digest']],
    unsubscribe: [['id'], []],
    write: [['id', 'write'], ['again']],
    ping: [[], []],
  };
const DIGEST_MAX = 64;

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
    throw new FrameFault('not JSON');
  }
  if (!isObject(frame)) throw new FrameFault('not an object');
  const { type } = frame;
  if (typeof type !== 'string' || !Object.hasOwn(SHAPES, type)) throw new FrameFault('unknown type');
  const [needed, allowed] = SHAPES[type as ClientFrame['type']];
  const names = Object.keys(frame).filter((name) => name !== 'type');
  if (!needed.every((name) => names.includes(name))) throw new FrameFault(`"${type}" lacks a member`);
  if (!names.every((name) => needed.includes(name) || allowed.includes(name)))
    throw new FrameFault(`"${type}" has an unknown member`);
  if (needed.includes('id') && !(Number.isSafeInteger(frame.id) && Number(frame.id) >= 0))
    throw new FrameFault('bad id');
  if (frame.again !== undefined && typeof frame.again !== 'boolean') throw new FrameFault('bad again');
  if (frame.digest !== undefined && !isDigest(frame.digest)) throw new FrameFault('bad digest');
  return frame as unknown as ClientFrame;
}

function isDigest(value: unknown): boolean {
  return typeof value === 'string' && value.length <= DIGEST_MAX;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
