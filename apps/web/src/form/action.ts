import { type Accessor, createSignal } from 'solid-js';
import { type Explanation, explain } from '../shell/explain.ts';

export interface Action<Args extends unknown[]> {
  /** Starts the work unless it is already running. Resolves with whether it succeeded. Never rejects. */
  run: (...args: Args) => Promise<boolean>;
  busy: Accessor<boolean>;
  /** Why the last run failed; undefined as soon as another run starts. */
  error: Accessor<Explanation | undefined>;
  /** Clears the last failure. */
  clear: () => void;
}

/** Work that a person starts: one run at a time, with its failure kept so that it can be shown beside the button. */
export function createAction<Args extends unknown[]>(work: (...args: Args) => Promise<unknown>): Action<Args> {
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<Explanation>();
  return {
    busy,
    error,
    clear: () => setError(undefined),
    run: async (...args) => {
      if (busy()) return false;
      setBusy(true);
      setError(undefined);
      try {
        await work(...args);
        return true;
      } catch (reason) {
        setError(explain(reason));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
