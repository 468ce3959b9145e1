import type { QueryReport } from '@spookify/client/devtools';
import { For, Show } from 'solid-js';
import { ago } from './ago.ts';
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
        <table class="w-full text-left">
          <thead class="text-dust">
            <tr>
              <th class="pr-3 font-normal">Query</th>
              <th class="pr-3 font-normal">State</th>
              <th class="pr-3 text-right font-normal">Rows</th>
              <th class="pr-3 text-right font-normal">Watches</th>
              <th class="pr-3 text-right font-normal">Updates</th>
              <th class="pr-3 text-right font-normal">Last</th>
              <th class="text-right font-normal">Round</th>
            </tr>
          </thead>
          <tbody class="align-top">
            <For each={props.queries.map(({ id }) => id)}>
              {(id) => <Show when={queryOf(id)}>{(query) => <QueryRow query={query()} />}</Show>}
            </For>
          </tbody>
        </table>
      </Show>
    </Section>
  );
}

function QueryRow(props: { query: QueryReport }) {
  const number = 'py-0.5 pr-3 text-right whitespace-nowrap tabular-nums';
  return (
    <tr>
      <td class="py-0.5 pr-3">
        <details>
          <summary class="font-mono wrap-anywhere">
            <span class="text-dust">{props.query.id}</span> {props.query.table}
          </summary>
          <pre class="my-1 max-w-md overflow-x-auto whitespace-pre-wrap wrap-anywhere text-dust">
            {JSON.stringify(props.query.plan, null, 1)}
          </pre>
        </details>
      </td>
      <td class={`py-0.5 pr-3 ${COLORS[props.query.state]}`}>
        {props.query.state}
        <Show when={props.query.error}>{(code) => <span class="block font-mono">{code()}</span>}</Show>
      </td>
      <td class={number}>{props.query.rows ?? '–'}</td>
      <td class={number}>{props.query.subscribers}</td>
      <td class={number}>{props.query.updates}</td>
      <td class={number}>{ago(props.query.updatedAt)}</td>
      <td class="py-0.5 text-right tabular-nums">{props.query.version?.round ?? '–'}</td>
    </tr>
  );
}
