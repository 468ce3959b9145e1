import { FRAME_UNIT_BYTES } from './limits.ts';

/**
 * How many frames a frame counts as: parsing and checking one takes time by its size.
 *
 * @param bytes its size in UTF-8
 */
export function frameCost(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / FRAME_UNIT_BYTES));
}
