import type { FailedWrite } from '@spookify/client';
import { For, Show } from 'solid-js';
import { createAction } from '../../form/action.ts';
import { Button } from '../../form/button.tsx';
import { Problem } from '../../form/problem.tsx';
import { explain } from '../explain.ts';
import { Explained } from '../explained.tsx';
import { When } from '../when.tsx';
import { canRetry, type FieldView, isConflict, writeFields, writeHeading } from './write-view.ts';

/** A change that was not saved: what it was, why, and the buttons to send it again or to give it up. */
export function RefusedWrite(props: { write: FailedWrite }) {
  const settle = createAction((way: 'retry' | 'discard') => props.write[way]());
  const conflict = () => isConflict(props.write);
  return (
    <li class="border-t border-rule py-5 first:border-t-0 first:pt-0 last:pb-0">
      <h3 class="flex flex-wrap items-center gap-x-2 text-[0.9375rem] text-dust">
        <span class="text-paper">{writeHeading(props.write)}</span>
        <span aria-hidden="true">·</span>
        <When date={props.write.madeAt} />
      </h3>
      <Explained explanation={explain(props.write.error)} quiet class="mt-1 text-[0.9375rem] text-lamp" />
      <For each={writeFields(props.write)}>{(field) => <RefusedField field={field} />}</For>
      <div class="mt-4 flex flex-wrap gap-3">
        <Show when={canRetry(props.write.error.code)}>
          <Button inert={settle.busy()} onClick={() => void settle.run('retry')}>
            {conflict() ? 'Save my version' : 'Retry'}
          </Button>
        </Show>
        <Button inert={settle.busy()} onClick={() => void settle.run('discard')}>
          {conflict() ? 'Keep the current version' : 'Discard'}
        </Button>
      </div>
      <Problem explanation={settle.error()} class="mt-3" />
    </li>
  );
}

function RefusedField(props: { field: FieldView }) {
  return (
    <dl class="mt-3 grid gap-x-5 gap-y-2 sm:grid-cols-2">
      <Version label={props.field.stored === undefined ? props.field.name : `Your ${props.field.name}`}>
        {props.field.own}
      </Version>
      <Show when={props.field.stored}>
        {(stored) => <Version label={`Current ${props.field.name}`}>{stored()}</Version>}
      </Show>
    </dl>
  );
}

function Version(props: { label: string; children: string }) {
  return (
    <div class="min-w-0">
      <dt class="text-sm text-dust first-letter:uppercase">{props.label}</dt>
      <dd class="prose max-h-40 overflow-y-auto text-lg leading-normal">{props.children}</dd>
    </div>
  );
}
