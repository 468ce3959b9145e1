import type { AuthState, ConnectionState, SyncState } from '@spookify/client';
import { type Accessor, createSignal, onCleanup } from 'solid-js';

interface Observable<State> {
  readonly state: State;
  subscribe(listener: (state: State) => void): () => void;
}

/** Returns who is signed in. */
export function useAuth(db: { readonly auth: Observable<AuthState> }): Accessor<AuthState> {
  return useState(db.auth);
}

/** Returns the state of the connection. */
export function useConnection(db: { readonly connection: Observable<ConnectionState> }): Accessor<ConnectionState> {
  return useState(db.connection);
}

/** Returns what is still to be sent, and what the database has refused. */
export function useSync(db: { readonly sync: Observable<SyncState> }): Accessor<SyncState> {
  return useState(db.sync);
}

function useState<State extends object>(source: Observable<State>): Accessor<State> {
  const [state, setState] = createSignal<State>(source.state);
  onCleanup(source.subscribe((next) => setState(() => next)));
  return state;
}
