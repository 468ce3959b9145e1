import type { AuthState, ConnectionState } from '@spookify/client';
import { type Accessor, createSignal, onCleanup } from 'solid-js';

interface Observable<State> {
  readonly state: State;
  subscribe(listener: (state: State) => void): () => void;
}

/** Who is signed in at this client. */
export function useAuth(db: { readonly auth: Observable<AuthState> }): Accessor<AuthState> {
  return useState(db.auth);
}

/** What the connection of this client is doing. */
export function useConnection(db: { readonly connection: Observable<ConnectionState> }): Accessor<ConnectionState> {
  return useState(db.connection);
}

function useState<State extends object>(source: Observable<State>): Accessor<State> {
  const [state, setState] = createSignal<State>(source.state);
  onCleanup(source.subscribe((next) => setState(() => next)));
  return state;
}
