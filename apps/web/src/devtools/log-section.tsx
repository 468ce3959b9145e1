import type { LogEntry } from '@spookify/client/devtools';
import { For } from 'solid-js';
import { logLine } from './log-line.ts';
import { Section } from './section.tsx';

const time = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});

/** The last events, newest first. */
export function LogSection(props: { log: readonly LogEntry[] }) {
  return (
    <Section heading="Log" note={`${props.log.length}`}>
      <ol class="font-mono">
        <For each={props.log.toReversed()}>
          {(entry) => (
            <li class="flex gap-2">
              <time dateTime={entry.at.toISOString()} class="shrink-0 text-dust">
                {time.format(entry.at)}
              </time>
              <span class="min-w-0 wrap-anywhere">{logLine(entry)}</span>
            </li>
          )}
        </For>
      </ol>
    </Section>
  );
}
