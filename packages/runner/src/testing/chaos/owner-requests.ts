/*
 * What the owner of a storm's jobs requests once it has seen them called: a cancel of what is stuck, a rerun of half of
 * what was rejected, and a cancel of what is unwanted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { characterOf } from './behaviour.ts';
import type { OwnerRequest } from './evidence.ts';
import type { Owner } from './owner.ts';
import { draws } from './random.ts';

export interface OwnerRequests {
  onInserted(jobs: readonly string[]): void;
  onCall(job: string): void;
  /** The requests that the database has acknowledged so far. */
  readonly requests: readonly OwnerRequest[];
  /** Resolves when every request was accepted, or came too late. */
  settled(): Promise<void>;
}

const MAX_DELAY_MS = 1_000;
const LOOK_MS = 200;

export function createOwnerRequests(owner: Owner, seed: number, giveUp: AbortSignal): OwnerRequests {
  const requests: OwnerRequest[] = [];
  const known = new Set<string>();
  const pending: Promise<void>[] = [];

  async function ask(job: string, request: OwnerRequest['request'], states: readonly string[]): Promise<boolean> {
    giveUp.throwIfAborted();
    const taken = await owner.ask(job, request, states);
    if (taken) requests.push({ job, request, at: Date.now() });
    return taken;
  }

  async function cancel(job: string, afterMs: number): Promise<void> {
    await delay(afterMs, undefined, { signal: giveUp });
    await ask(job, 'cancel', ['pending', 'processing']);
  }

  async function rerun(job: string): Promise<void> {
    while (!(await ask(job, 'retry', ['failed']))) {
      // The request may have been accepted before, by a database that was killed before it could answer.
      if ((await owner.reruns(job)) > 0) return;
      await delay(LOOK_MS, undefined, { signal: giveUp });
    }
  }

  function track(work: Promise<void>): void {
    // `settled` reports the rejection; until then it counts as handled.
    work.catch(() => {});
    pending.push(work);
  }

  return {
    onInserted(jobs) {
      for (const job of jobs) {
        if (characterOf(seed, job) === 'unwanted') track(cancel(job, draws(seed, `wish ${job}`)() * MAX_DELAY_MS));
      }
    },
    onCall(job) {
      const character = characterOf(seed, job);
      if (known.has(job) || (character !== 'stuck' && character !== 'declined')) return;
      known.add(job);
      const draw = draws(seed, `wish ${job}`);
      if (character === 'stuck') track(cancel(job, draw() * MAX_DELAY_MS));
      else if (draw() < 0.5) track(rerun(job));
    },
    requests,
    async settled() {
      for (let seen = 0; seen < pending.length; seen = pending.length) await Promise.all(pending);
    },
  };
}
