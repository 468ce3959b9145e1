import { FRAME_UNIT_BYTES } from './limits.ts';

/**
 * How many frames a frame counts as, since parsing and checking take time in proportion to its size.
 *
 * @param bytes the frame's size in UTF-8
 * @returns a whole number, at least 1: one for each FRAME_UNIT_BYTES begun
 */
export function frameCost(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / FRAME_UNIT_BYTES));
}
