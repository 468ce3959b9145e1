import { batch } from 'solid-js';
import { createStore, produce, type Store } from 'solid-js/store';
import { merge } from './merge.ts';

/** A store of a state, one of whose members is data of the client. */
export interface Copy<State> {
  readonly shown: Store<State>;
  /** Shows the next state. Only what has changed in the data changes. */
  show(next: State): void;
}

/**
 * Makes a store with a copy of data of the client: equal queries share their data, and a store changes its own.
 *
 * @param member the name of the data in the state
 */
export function createCopy<State extends object>(initial: State, member: keyof State & string): Copy<State> {
  const [shown, setShown] = createStore<State>({ ...initial });
  let known = initial;
  return {
    shown,
    show(next) {
      batch(() => {
        setShown({ ...next, [member]: shown[member] });
        setShown(produce((draft) => merge(draft, member, known[member], next[member])));
        known = next;
      });
    },
  };
}
