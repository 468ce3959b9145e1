import { createClient, type RunOptions } from '@spookify/client';
import { useQuery, useRun } from '@spookify/solid';
import { For, Show } from 'solid-js';
import { render } from 'solid-js/web';
import { schema } from './schema.gen.ts';

const db = createClient({ schema });

/** The complete example of seed 000: a thread with its last job, live, and the button that starts one. */
function ThreadDetail(props: { id: `thread:${string}`; options: RunOptions }) {
  const query = db
    .query('thread')
    .where({ id: props.id })
    .related('jobs', (jobs) => jobs.where({ path: '/spookify' }).orderBy('created_at', 'desc').limit(1))
    .one()
    .build();
  const thread = useQuery(db, () => query);
  const job = () => thread()?.jobs?.[0];
  const isUnderWay = () => job()?.status === 'pending' || job()?.status === 'processing';

  const spookify = async () => {
    const { id } = thread() ?? {};
    if (id === undefined) return;
    await db.run('api', '/spookify', { id }, { assignedTo: id, ...props.options });
  };

  return (
    <section aria-label={props.id}>
      <Show when={thread()} fallback={<p>{thread.loading ? 'Loading…' : 'Gone.'}</p>}>
        {(row) => <h2>{row().title}</h2>}
      </Show>
      <button type="button" disabled={isUnderWay()} onClick={() => void spookify()}>
        {isUnderWay() ? 'Spookifying…' : 'Spookify'}
      </button>
      <Show when={job()}>
        {(row) => (
          <p role="status">
            {row().status}, {row().retry_strategy}, {row().retries} of {row().max_retries} retries
          </p>
        )}
      </Show>
      <Show when={job()?.status === 'failed'}>
        <p role="alert">{String(job()?.errors.at(-1)?.reason)}</p>
      </Show>
    </section>
  );
}

/** The same call as one hook. */
function Call(props: { id: `thread:${string}`; options: RunOptions }) {
  const spookify = useRun(db, 'api', '/spookify');
  return (
    <section aria-label={`call for ${props.id}`}>
      <button
        type="button"
        disabled={spookify.pending}
        onClick={() => spookify.run({ id: props.id }, { assignedTo: props.id, ...props.options })}
      >
        Spookify
      </button>
      <output>{spookify.state}</output>
      <Show when={spookify.result}>{(result) => <p>Written by {result().writer}.</p>}</Show>
      <Show when={spookify.error}>
        {(error) => (
          <p role="alert">
            {error().reason}: {error().message}
          </p>
        )}
      </Show>
      <ol>
        <For each={spookify.job?.errors}>{({ attempt, code }) => <li>{`Attempt ${attempt}: ${code}`}</li>}</For>
      </ol>
      <button type="button" onClick={() => spookify.cancel()}>
        Cancel
      </button>
      <button type="button" onClick={() => spookify.retry()}>
        Retry
      </button>
    </section>
  );
}

const THREADS = [
  ['thread:awake', { max_retries: 5 }],
  ['thread:asleep_linear', { max_retries: 2, retry_strategy: 'linear' }],
  ['thread:asleep_exponential', { max_retries: 1, retry_strategy: 'exponential' }],
] as const;

await db.auth.signUp('account', { username: 'ada' });
for (const [id] of THREADS) await db.create('thread', { id, title: `A house in ${id}` });

const main = document.querySelector('main') ?? document.body;
render(
  () => (
    <For each={THREADS}>
      {([id, options]) => (
        <>
          <ThreadDetail id={id} options={options} />
          <Call id={id} options={options} />
        </>
      )}
    </For>
  ),
  main,
);
