import { fileURLToPath } from 'node:url';
import { RecordId, Surreal } from 'surrealdb';
import { BuiltApp } from '../../built-app/built-app.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '');
const BATCH = 1_000;

/** The page of the benchmark `live`, built, on a real stack. */
export interface LiveStack {
  /** The address of the page. */
  readonly url: string;
  /** Changes a thread of a list as the owner of the database. For pages, this is a remote change. */
  change(list: number, index: number, title: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param lists the sizes of the lists that the database has */
export async function startLiveStack(lists: readonly number[]): Promise<LiveStack> {
  const app = await BuiltApp.start({}, { root: FOLDER });
  const owner = new Surreal();
  const { SURREAL_USER: username = '', SURREAL_PASS: password = '' } = app.stack.secrets;
  await owner.connect(app.stack.urls.database, {
    namespace: 'main',
    database: 'spookify',
    authentication: { username, password },
  });
  for (const list of lists) {
    const author = new RecordId('user', `list${list}`);
    await owner.query('CREATE $author SET username = $name RETURN NONE', { author, name: `list${list}` });
    for (let done = 0; done < list; done += BATCH) {
      const rows = Array.from({ length: Math.min(BATCH, list - done) }, (_, index) => ({
        id: threadOf(list, done + index),
        title: `Thread ${done + index}`,
        content: 'A thread of the benchmark.',
        author,
      }));
      await owner.query('INSERT INTO thread $rows RETURN NONE', { rows });
    }
  }
  return {
    url: app.url,
    change: async (list, index, title) => {
      await owner.query('UPDATE $thread SET title = $title RETURN NONE', { thread: threadOf(list, index), title });
    },
    stop: async () => {
      await owner.close();
      await app.stop();
    },
  };
}

function threadOf(list: number, index: number): RecordId<'thread', string> {
  return new RecordId('thread', `list${list}x${index}`);
}
