/*
 * What the backend of a storm does with a call: a function of the seed, the job and the attempt. It is the same in
 * every run, and the backend and the jobs' owner know it without communicating.
 */
import { choose, draws } from './random.ts';

/** The kind of a job, whatever the attempt. */
export type Character =
  | 'ordinary'
  /** Every call hangs until the caller gives up: only its owner can end it. */
  | 'stuck'
  /** Rejected for good in its first run, done in the second. */
  | 'declined'
  /** Ordinary, but its owner cancels it. */
  | 'unwanted';

/** How one call is answered. */
export type Behaviour =
  | { readonly kind: 'answer'; readonly status: 200 | 500 | 503 | 422; readonly afterMs: number }
  | { readonly kind: 'busy'; readonly retryAfter: 'seconds' | 'date' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }
  /** The work is done, but the answer is lost. */
  | { readonly kind: 'answer-lost' };

const CHARACTERS: Readonly<Record<Character, number>> = { ordinary: 93, stuck: 1, declined: 3, unwanted: 3 };
const KINDS = { done: 60, slow: 14, error: 5, down: 4, busy: 4, hang: 3, reset: 4, lost: 6 };
const SLOWEST_MS = 400;

export function characterOf(seed: number, job: string): Character {
  return choose(draws(seed, `character ${job}`), CHARACTERS);
}

/** @param rerun how often the owner has requested a rerun */
export function behaviourOf(seed: number, job: string, rerun: number, attempt: number): Behaviour {
  const character = characterOf(seed, job);
  if (character === 'stuck') return { kind: 'hang' };
  if (character === 'declined' && rerun === 0) return { kind: 'answer', status: 422, afterMs: 0 };
  const draw = draws(seed, `call ${job} ${rerun} ${attempt}`);
  switch (choose(draw, KINDS)) {
    case 'done':
      return { kind: 'answer', status: 200, afterMs: 0 };
    case 'slow':
      return { kind: 'answer', status: 200, afterMs: Math.round(draw() * SLOWEST_MS) };
    case 'error':
      return { kind: 'answer', status: 500, afterMs: 0 };
    case 'down':
      return { kind: 'answer', status: 503, afterMs: Math.round(draw() * SLOWEST_MS) };
    case 'busy':
      return { kind: 'busy', retryAfter: draw() < 0.5 ? 'seconds' : 'date' };
    case 'hang':
      return { kind: 'hang' };
    case 'reset':
      return { kind: 'reset' };
    case 'lost':
      return { kind: 'answer-lost' };
  }
}
