import { For, Show } from 'solid-js';
import { When } from '../shell/when.tsx';
import type { JobFailure } from './job-view.ts';

/** Lists every failed attempt with its technical reason, the latest first. */
export function FailureHistory(props: { failures: JobFailure[] }) {
  return (
    <Show when={props.failures.length > 0}>
      <details class="mt-3 text-[0.9375rem]">
        <summary class="w-fit text-dust hover:text-paper">
          Details: {props.failures.length === 1 ? '1 failed attempt' : `${props.failures.length} failed attempts`}
        </summary>
        <ol class="mt-2 space-y-2 border-l border-rule pl-4">
          <For each={props.failures.toReversed()}>
            {(failure) => (
              <li class="wrap-anywhere">
                <p>{failure.reason}</p>
                <p class="text-sm text-dust">
                  Attempt {failure.attempt} · <code>{failure.code}</code>
                  <Show when={failure.at}>
                    {(at) => (
                      <>
                        {' '}
                        · <When date={at()} />
                      </>
                    )}
                  </Show>
                </p>
              </li>
            )}
          </For>
        </ol>
      </details>
    </Show>
  );
}
