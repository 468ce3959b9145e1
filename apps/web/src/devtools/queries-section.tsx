import type { QueryReport } from '@spookify/client/devtools';
import { For, Show } from 'solid-js';
import { ago } from './ago.ts';
import { counted } from './counted.ts';
import { Nothing, Section } from './section.tsx';

const COLORS: Readonly<Record<QueryReport['state'], string>> = {
  loading: 'text-dust',
  ready: 'text-phosphor',
  stale: 'text-lamp',
  failed: 'text-ember',
};

/** The live queries of the page. */
export function QueriesSection(props: { queries: readonly QueryReport[] }) {
  // By id, so that an open plan stays open when the list is read again.
  const queryOf = (id: number) => props.queries.find((one) => one.id === id);
  return (
    <Section heading="Queries" note={`${props.queries.length}`}>
      <Show when={props.queries.length > 0} fallback={<Nothing>The page watches no query.</Nothing>}>
        <ul class="space-y-2">
          <For each={props.queries.map(({ id }) => id)}>
            {(id) => <Show when={queryOf(id)}>{(query) => <QueryItem query={query()} />}</Show>}
          </For>
        </ul>
      </Show>
    </Section>
  );
}

function QueryItem(props: { query: QueryReport }) {
  const facts = () => {
    const { rows, subscribers, updates, updatedAt, version } = props.query;
    const last = updatedAt === undefined ? '' : `, the last ${ago(updatedAt)}`;
    return [
      ...(rows === undefined ? [] : [counted(rows, 'row')]),
      counted(subscribers, 'watch', 'watches'),
      `${counted(updates, 'update')}${last}`,
      ...(version === undefined ? [] : [`round ${version.round}`]),
    ].join(' · ');
  };
  return (
    <li>
      <details>
        <summary>
          <span class="font-mono">
            {props.query.id} {props.query.table}
          </span>{' '}
          <span class={COLORS[props.query.state]}>{props.query.state}</span>{' '}
          <Show when={props.query.error}>
            {(code) => <span class="font-mono wrap-anywhere text-ember">{code()}</span>}
          </Show>
        </summary>
        <pre class="my-1 whitespace-pre-wrap wrap-anywhere text-dust">{JSON.stringify(props.query.plan, null, 2)}</pre>
      </details>
      <p class="text-dust">{facts()}</p>
    </li>
  );
}
