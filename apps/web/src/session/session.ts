import { useAuth } from '@spookify/solid';
import { db } from '../db.ts';
export function useSession() {
  const auth: any = useAuth(db);
  return {
    state: () => auth().state,
    username: () => auth().username,
    isMe: (id: unknown) => id !== undefined && String(id) === String(auth().user),
  };
}
