import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RecordId } from './index.ts';
import { type CuttingProxy, startCuttingProxy } from './testing/cutting-proxy.ts';
import { eventually } from './testing/eventually.ts';
import { newName, type OptimisticClient, PASSWORD, People } from './testing/people.ts';
import { startStack, type TestStack } from './testing/stack.ts';

let stack: TestStack;
let proxy: CuttingProxy;
const people = new People(() => proxy.url);
beforeAll(async () => {
  stack = await startStack();
  proxy = await startCuttingProxy(() => stack.url);
});
afterEach(() => people.close());
afterAll(async () => {
  await proxy.close();
  await stack.close();
});

async function newcomer(): Promise<OptimisticClient> {
  const db = people.optimisticVisitor();
  await db.auth.signUp('account', { username: newName(), password: PASSWORD });
  await eventually(() => expect(db.sync.state.online).toBe(true));
  return db;
}

/** Makes a write whose answer is lost. The row is deleted before the answer is asked for again. */
async function loseAnswer<Result>(write: () => Promise<Result>, isMade: () => Promise<boolean>, text: string) {
  proxy.loseAnswers();
  const answer = write();
  await eventually(async () => expect(await isMade()).toBe(true));
  await stack.query(text);
  proxy.cut();
  return await answer;
}

const isTrue = async (text: string): Promise<boolean> => (await stack.query<[boolean]>(text))[0];

describe('a write whose answer was lost, of a row that is gone since', () => {
  it('resolves with null', async () => {
    const db = await newcomer();
    const { id, saved } = await db.create('thread', { title: 'x', content: 'x' });
    await saved;
    const update = () => db.update(id, { title: 'y' }, { optimistic: false });
    const isMade = () => isTrue(`RETURN ${id}.title = 'y'`);
    expect(await loseAnswer(update, isMade, `DELETE ${id}`)).toBeNull();
  });

  it('resolves `saved` with null', async () => {
    const db = await newcomer();
    const id = new RecordId('thread', newName());
    const create = async () => (await db.create('thread', { id, title: 'x', content: 'x' })).saved;
    const isMade = () => isTrue(`RETURN record::exists(${id})`);
    expect(await loseAnswer(create, isMade, `DELETE ${id}`)).toBeNull();
  });

  it('resolves a run with the id of the job that was made', async () => {
    const db = await newcomer();
    const run = () => db.run('api', '/spookify', { id: 'thread:lost' }, { optimistic: false });
    const mine = `SELECT VALUE id FROM job WHERE payload.id = 'thread:lost'`;
    let made: RecordId | undefined;
    const isMade = async () => {
      [[made]] = (await stack.query<[RecordId[]]>(mine)) as [[RecordId | undefined]];
      return made !== undefined;
    };
    const id = await loseAnswer(run, isMade, `DELETE job WHERE payload.id = 'thread:lost'`);
    expect(String(id)).toBe(String(made));
  });
});
