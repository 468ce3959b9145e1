import type { RecordId } from '@spookify/client';
import { useAuth, useQuery } from '@spookify/solid';
import type { Accessor } from 'solid-js';
import { db } from '../db.ts';

export interface SessionView {
  /** `restoring` while a kept session has yet to be shown to the server. */
  state: Accessor<'restoring' | 'signed-out' | 'signed-in'>;
  isMe: (user: RecordId | undefined) => boolean;
}

/** Who sits at this screen. */
export function useSession(): SessionView {
  const auth = useAuth(db);
  const me = () => {
    const state = auth();
    return state.kind === 'signed-in' ? state.user : undefined;
  };
  return {
    state: () => auth().kind,
    isMe: (user) => user !== undefined && me()?.toString() === user.toString(),
  };
}

/** The name of who is signed in; undefined while it is being read. */
export function useUsername(): Accessor<string | undefined> {
  const auth = useAuth(db);
  const user = useQuery(db, () => {
    const state = auth();
    if (state.kind !== 'signed-in') return undefined;
    return db
      .query('user')
      .where({ id: state.user as RecordId<'user'> })
      .one()
      .build();
  });
  return () => user()?.username;
}
