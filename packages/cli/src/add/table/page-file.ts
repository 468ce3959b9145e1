import { capitalized, type TableNames } from './names.ts';

/** The list of a table's rows, live, with the form for a new one. */
export const pageFile = ({
  table,
  file,
  pascal,
  pascalPlural,
  one,
  many,
}: TableNames): string => `import { useQuery } from '@spookify/solid';
import { createSignal, For, Match, Show, Switch } from 'solid-js';
import { db } from '../db.ts';
import { Button } from '../form/button.tsx';
import { explain } from '../shell/explain.ts';
import { Explained } from '../shell/explained.tsx';
import { Notice } from '../shell/notice.tsx';
import { usePageTitle } from '../shell/page-title.ts';
import { Skeleton } from '../shell/skeleton.tsx';
import { ${pascal}Form } from './${file}-form.tsx';
import { ${pascal}Item } from './${file}-item.tsx';

const PAGE = 20;

/** The ${many} of the person who is signed in, newest first, live. */
export default function ${pascalPlural}Page() {
  usePageTitle(() => '${capitalized(many)}');
  const [said, setSaid] = createSignal('');
  const add = (text: string) => db.create('${table}', { text });
  let heading!: HTMLHeadingElement;
  return (
    <div class="grid grid-cols-[minmax(0,1fr)] gap-x-16 gap-y-12 lg:grid-cols-[22rem_minmax(0,1fr)]">
      <section aria-labelledby="new" class="lg:sticky lg:top-8 lg:self-start">
        <h2 id="new" class="mb-4 text-xl font-semibold">
          New ${one}
        </h2>
        <${pascal}Form submit="Add ${one}" onSubmit={add} />
      </section>
      <section aria-labelledby="list">
        <h1 id="list" ref={heading} tabindex={-1} class="mb-6 text-xl font-semibold">
          ${capitalized(many)}
        </h1>
        <${pascal}List
          onGone={() => {
            setSaid('${capitalized(one)} deleted.');
            heading.focus();
          }}
        />
        <p class="sr-only" aria-live="polite">
          {said()}
        </p>
      </section>
    </div>
  );
}

function ${pascal}List(props: { onGone: () => void }) {
  const [limit, setLimit] = createSignal(PAGE);
  // One more than is shown tells whether there are more.
  const rows = useQuery(db, () =>
    db
      .query('${table}')
      .orderBy('created_at', 'desc')
      .limit(limit() + 1)
      .build(),
  );
  return (
    <Switch fallback={<Skeleton label="Loading the list" class="space-y-4" lines={rowLines} />}>
      <Match when={rows()?.length === 0}>
        <Notice heading="No ${many} yet" mood="asleep" level={2}>
          <p>What you add is shown here. Only you see it.</p>
        </Notice>
      </Match>
      <Match when={rows()}>
        {(found) => (
          <>
            <ol classList={{ 'opacity-85 transition-opacity delay-500 duration-300': rows.stale }}>
              <For each={found().slice(0, limit())}>
                {/* A row keeps its identity, so a change in one leaves the others, and the focus in them, alone. */}
                {(row) => <${pascal}Item row={row} onGone={() => props.onGone()} />}
              </For>
            </ol>
            <Show when={found().length > limit()}>
              <Button class="mt-6" onClick={() => setLimit((shown) => shown + PAGE)}>
                Show more
              </Button>
            </Show>
          </>
        )}
      </Match>
      <Match when={rows.error}>
        {(error) => (
          <Notice heading="The ${many} could not be loaded" mood="troubled" level={2}>
            <Explained explanation={explain(error())} />
            <Button onClick={() => rows.retry()}>Load again</Button>
          </Notice>
        )}
      </Match>
    </Switch>
  );
}

const rowLines = ['h-5 w-full', 'h-5 w-3/5', 'h-5 w-1/4 mb-11', 'h-5 w-4/5', 'h-5 w-1/4'] as const;
`;
