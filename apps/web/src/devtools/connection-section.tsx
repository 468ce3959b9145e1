import { For } from 'solid-js';
import { ago } from './ago.ts';
import { Section } from './section.tsx';
import type { Reading } from './use-devtools.ts';

/** The connection, who is signed in, and what is still to be sent. */
export function ConnectionSection(props: { reading: Reading }) {
  const facts = () => {
    const { connection, auth, sync } = props.reading;
    const attempt = connection.attempt === undefined ? '' : `, attempt ${connection.attempt + 1}`;
    return [
      ['Connection', `${connection.state}${attempt}`],
      ['Error', connection.error ?? '–'],
      ['Session', auth.state],
      ['User', auth.user ?? '–'],
      ['Data', sync.online ? 'current' : `as of ${ago(sync.lastSynced)}`],
      ['To send', `${sync.pending}`],
      ['Refused', `${sync.failed}`],
      ['Survives a reload', sync.durable ? 'yes' : 'no'],
    ];
  };
  return (
    <Section heading="Connection and sync">
      <dl class="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1">
        <For each={facts()}>
          {([name, value]) => (
            <>
              <dt class="text-dust">{name}</dt>
              <dd class="font-mono wrap-anywhere">{value}</dd>
            </>
          )}
        </For>
      </dl>
    </Section>
  );
}
