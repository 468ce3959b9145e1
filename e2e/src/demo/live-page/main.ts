/**
 * The page of the benchmark `live`, as an app would write it, on the client and its Solid bindings.
 *
 * - `#title` writes the title of a thread at each input, and `#shown` shows it by `useQuery`. `#echo` and `#echoed` are the
 *    same without a database: a signal.
 * - `#list` shows the threads of the author `user:list⟨COUNT⟩` for `?list=COUNT`. `globalThis.rendered` counts what is
 *    rendered of it.
 */
import { createClient, RecordId } from '@spookify/client';
import { useQuery } from '@spookify/solid';
import { createRenderEffect, createSignal, mapArray } from 'solid-js';
import { insert, render } from 'solid-js/web';
import { schema, type Tables } from '../../../../apps/web/src/schema.gen.ts';
import type { Rendered } from './rendered.ts';

const db = createClient({ schema });
const rendered: Rendered = { rows: 0, titles: 0 };
Object.assign(globalThis, { rendered });
const parameters = new URLSearchParams(location.search);
const list = Number(parameters.get('list') ?? 0);
await db.auth.signUp('account', { username: parameters.get('user') ?? '', password: 'a long enough secret' });
const { id } = await db.create('thread', { title: 'Not typed yet', content: 'The title changes.' });

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, id: string): HTMLElementTagNameMap[Name] {
  const found = document.querySelector<HTMLElementTagNameMap[Name]>(`${name}#${id}`);
  if (found === null) throw new Error(`the page has no ${name} with the id ${id}`);
  return found;
}

function row(thread: Tables['thread']['row']): HTMLElement {
  rendered.rows += 1;
  const node = document.createElement('li');
  createRenderEffect(() => {
    rendered.titles += 1;
    node.textContent = thread.title;
  });
  return node;
}

render(() => {
  const [echo, setEcho] = createSignal('');
  const echoing = element('input', 'echo');
  echoing.addEventListener('input', () => setEcho(echoing.value));
  insert(element('output', 'echoed'), echo);

  const typed = useQuery(db, () => db.query('thread').where({ id }).one().build());
  const typing = element('input', 'title');
  typing.addEventListener('input', () => void db.update(id, { title: typing.value }));
  insert(element('output', 'shown'), () => typed()?.title);

  const author = new RecordId('user', `list${list}`);
  const threads = useQuery(db, () =>
    list === 0 ? null : db.query('thread').where({ author }).orderBy('created_at').build(),
  );
  insert(
    element('ol', 'list'),
    mapArray(() => threads() ?? [], row),
  );
  return undefined;
}, document.body);
