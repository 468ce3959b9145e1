import type { RecordId } from '@spookify/client';
import { useAuth, useQuery } from '@spookify/solid';
import type { Accessor } from 'solid-js';
import { db } from '../db.ts';

export interface SessionView {
  /** `restoring` until the server has confirmed a stored session. */
  state: Accessor<'restoring' | 'signed-out' | 'signed-in'>;
  isMe: (user: RecordId | undefined) => boolean;
}

/** The session of this browser. */
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

/** The name of the signed-in user; undefined while it is loading. */
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
