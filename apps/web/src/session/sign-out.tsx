import { useSync } from '@spookify/solid';
import { createSignal } from 'solid-js';
import { db } from '../db.ts';
import { createAction } from '../form/action.ts';
import { Button } from '../form/button.tsx';
import { Question } from '../form/question.tsx';
import { changes } from '../shell/connection-message.ts';

/** The sign-out button. It asks first if there are changes that the server does not have yet. */
export function SignOut() {
  const sync = useSync(db);
  const [asking, setAsking] = createSignal(false);
  /** The number of changes that the question is about. They may be sent while it is open. */
  const [unsent, setUnsent] = createSignal(0);
  const leave = createAction(() => db.auth.signOut());
  const press = () => {
    setUnsent(sync().pending);
    if (unsent() > 0) setAsking(true);
    else void leave.run();
  };
  const consequence = () =>
    sync().durable
      ? 'They stay in this browser and are sent when you sign in here again.'
      : 'This browser cannot keep them, so they are lost when you sign out.';
  return (
    <>
      <Button look="quiet" busy={leave.busy()} onClick={press}>
        Sign out
      </Button>
      <Question
        open={asking()}
        onOpenChange={setAsking}
        heading={`Sign out with ${changes(unsent())} not sent yet?`}
        consequence={consequence()}
        no="Stay signed in"
        yes="Sign out"
        busy={leave.busy()}
        error={leave.error()}
        onYes={() => void leave.run()}
      />
    </>
  );
}
