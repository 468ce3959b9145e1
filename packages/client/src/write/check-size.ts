import { FRAME_MAX_BYTES, type WireWrite } from '@spookify/gateway/wire';
import { ClientError } from '../errors.ts';
import { writeFrame } from './exchange.ts';
import { randomKey } from './record-key.ts';

/** @throws SPOOKY_CLIENT_TOO_LARGE if the gateway would refuse the write for its size */
export function checkSize(write: WireWrite): void {
  const bytes = bytesOf(write);
  if (bytes <= FRAME_MAX_BYTES) return;
  throw new ClientError(
    'SPOOKY_CLIENT_TOO_LARGE',
    `This write has ${bytes} bytes; at most ${FRAME_MAX_BYTES} are allowed. Nothing was sent. Write less at once, or store large texts elsewhere.`,
  );
}

/** Whether the gateway accepts a write of this size. */
export function fitsFrame(write: WireWrite): boolean {
  return bytesOf(write) <= FRAME_MAX_BYTES;
}

function bytesOf(write: WireWrite): number {
  const frame = writeFrame(Number.MAX_SAFE_INTEGER, write, randomKey());
  return new TextEncoder().encode(JSON.stringify(frame)).length;
}
