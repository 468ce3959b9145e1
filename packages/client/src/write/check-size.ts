import { FRAME_MAX_BYTES, type WireWrite } from '@spookify/gateway/wire';
import { bytesOf, tooLarge } from '../too-large.ts';
import { writeFrame } from './exchange.ts';
import { randomKey } from './record-key.ts';

/** @throws SPOOKY_CLIENT_TOO_LARGE if the gateway would refuse the write for its size */
export function checkSize(write: WireWrite): void {
  if (fitsFrame(write)) return;
  throw tooLarge('This write', `${FRAME_MAX_BYTES} bytes`, 'Send less at once, or store large data elsewhere.');
}

/** Whether the gateway accepts a write of this size. */
export function fitsFrame(write: WireWrite): boolean {
  return bytesOf(JSON.stringify(writeFrame(Number.MAX_SAFE_INTEGER, write, randomKey()))) <= FRAME_MAX_BYTES;
}
