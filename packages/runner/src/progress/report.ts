import { toReason } from '../delivery/outcome.ts';

/** A progress report of a backend, as it is stored on the row. */
export interface Progress {
  /** From 0 to 1. */
  readonly value?: number;
  /** One line, for the job's owner. */
  readonly note?: string;
}

/** The longest note, in UTF-16 units. */
export const MAX_NOTE = 200;

/**
 * Parses a report such as `{ "value": 0.4, "note": "reading" }`, with at least one of the two. Returns text that says
 * what is wrong with an invalid one.
 */
export function parseProgress(text: string): Progress | string {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    return 'the body is not JSON; send for example { "value": 0.4, "note": "reading" }';
  }
  if (typeof report !== 'object' || report === null || Array.isArray(report)) return 'the body must be a JSON object';
  const { value, note, ...others } = report as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return 'the body has unknown fields; send only value and note';
  if (value === undefined && note === undefined) return 'value and note are both missing; send at least one of them';
  if (value !== undefined && !isShare(value)) return 'value must be a number from 0 to 1';
  if (note !== undefined && !isNote(note)) return `note must be text of at most ${MAX_NOTE} characters`;
  return { ...(isShare(value) && { value }), ...(isNote(note) && { note: toReason(note) }) };
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isNote(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_NOTE;
}
