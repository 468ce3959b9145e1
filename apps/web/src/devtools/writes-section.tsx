import type { FailedReport, PendingReport } from '@spookify/client/devtools';
import { For, Index, type JSX, Show } from 'solid-js';
import { createAction } from '../form/action.ts';
import { Button } from '../form/button.tsx';
import { Problem } from '../form/problem.tsx';
import { canRetry } from '../shell/tray/write-view.ts';
import { short } from './ago.ts';
import { Nothing, Section } from './section.tsx';

interface WritesProps {
  pending: readonly PendingReport[];
  failed: readonly FailedReport[];
}

/** The writes of the queue: those that are refused, which wait for a decision, and those that are pending. */
export function WritesSection(props: WritesProps) {
  const isEmpty = () => props.pending.length + props.failed.length === 0;
  // By key, so that a button keeps the focus when the list is read again.
  const refused = (key: string) => props.failed.find((one) => one.key === key);
  return (
    <Section heading="Writes" note={`${props.pending.length} pending, ${props.failed.length} refused`}>
      <Show when={!isEmpty()} fallback={<Nothing>The queue is empty.</Nothing>}>
        <ul class="space-y-2">
          <For each={props.failed.map(({ key }) => key)}>
            {(key) => <Show when={refused(key)}>{(write) => <Refused write={write()} />}</Show>}
          </For>
          <Index each={props.pending}>
            {(write) => (
              <WriteItem write={write()}>
                <span class="text-lamp">{write().state}</span>
              </WriteItem>
            )}
          </Index>
        </ul>
      </Show>
    </Section>
  );
}

function Refused(props: { write: FailedReport }) {
  const retry = createAction(() => props.write.retry());
  const discard = createAction(() => props.write.discard());
  return (
    <WriteItem write={props.write}>
      <span class="font-mono text-ember">{props.write.code}</span>
      <Show when={props.write.conflict.length > 0}>
        <p class="text-dust">Changed by others: {props.write.conflict.join(', ')}</p>
      </Show>
      <Show when={props.write.message}>{(message) => <p class="text-dust wrap-anywhere">{message()}</p>}</Show>
      <p class="flex gap-4">
        <Show when={canRetry(props.write.code)}>
          <Button look="quiet" busy={retry.busy()} onClick={() => void retry.run()}>
            Retry
          </Button>
        </Show>
        <Button look="quiet" busy={discard.busy()} onClick={() => void discard.run()}>
          Discard
        </Button>
      </p>
      <Problem explanation={retry.error() ?? discard.error()} />
    </WriteItem>
  );
}

function WriteItem(props: { write: PendingReport | FailedReport; children: JSX.Element }) {
  return (
    <li>
      <p class="wrap-anywhere">
        {props.write.kind} <span class="font-mono">{props.write.record}</span>{' '}
        <span class="whitespace-nowrap text-dust">{short(props.write.age)} old</span>
      </p>
      <Show when={props.write.fields.length > 0}>
        <p class="text-dust wrap-anywhere">{props.write.fields.join(', ')}</p>
      </Show>
      {props.children}
    </li>
  );
}
