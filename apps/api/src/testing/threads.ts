import { RecordId } from 'surrealdb';
import type { TestDatabase } from './database.ts';

type Row = Readonly<Record<string, unknown>>;
type Owner = Pick<TestDatabase, 'owner'>;

let count = 0;
const TEXT = { title: 'My old house', content: 'I bought an old house by the lake. It is quiet.' };

export async function createThread({ owner }: Owner, author: RecordId<'user'>, text = TEXT) {
  const id = new RecordId('thread', `thread${count++}`);
  await owner.query('CREATE ONLY $id SET title = $title, content = $content, author = $author', {
    ...{ id, author },
    ...text,
  });
  return id;
}

export async function readThread({ owner }: Owner, id: RecordId<'thread'>): Promise<Row | undefined> {
  const [thread] = await owner.query<[Row | undefined]>('SELECT * FROM ONLY $id', { id });
  return thread;
}

export async function readSuggestion({ owner }: Owner, thread: RecordId<'thread'>): Promise<Row | undefined> {
  const [[suggestion]] = await owner.query<[[Row?]]>('SELECT * FROM suggestion WHERE thread = $thread', { thread });
  return suggestion;
}
