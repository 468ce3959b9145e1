import { createResource, createSignal } from 'solid-js';

/** Suspends those who read it while it waits, and throws if what it waits for has failed. */
export interface Suspension {
  read(): void;
  /** Waits for the next `end`. */
  wait(): void;
  /** @param error why there is no result; it is thrown by `read` until the next `wait` or `end` */
  end(error?: unknown): void;
}

type Phase = 'waiting' | 'failed' | 'over';

/**
 * Creates a suspension. In Solid, only a resource can suspend.
 *
 * @param isWaiting whether it waits from the beginning
 */
export function createSuspension(isWaiting: boolean): Suspension {
  let settle: (error?: unknown) => void = () => undefined;
  let phase: Phase = 'over';
  let outcome: Promise<true> | true = true;

  const begin = (): void => {
    phase = 'waiting';
    outcome = new Promise((resolve, reject) => {
      settle = (error) => (error === undefined ? resolve(true) : reject(error));
    });
  };

  if (isWaiting) begin();
  const [turn, setTurn] = createSignal(1);
  const [resource] = createResource(turn, () => outcome);
  const restart = (): void => void setTurn((last) => last + 1);
  return {
    read: () => void resource(),
    wait() {
      if (phase === 'waiting') return;
      begin();
      restart();
    },
    end(error) {
      if (phase === 'waiting') settle(error);
      else if (phase === 'failed' && error === undefined) {
        outcome = true;
        restart();
      } else return;
      phase = error === undefined ? 'over' : 'failed';
    },
  };
}
