import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { Uuid } from 'surrealdb';
import { describe, expect, it, vi } from 'vitest';
import { connectRoot, names, root, startTestServer } from './testing/database.ts';
import { RawClient } from './testing/raw-client.ts';

/** Only Linux lists open files. */
const openFiles = (): number => {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
};

describe('a thousand short connections', () => {
  it('leave no live query, transaction, session, file or memory behind', async () => {
    const { url } = await startTestServer();
    const admin = await connectRoot(url);
    await admin.query('DEFINE TABLE note; CREATE note:1 SET n = 0');
    const { access: token } = await admin.signin(root);

    const visit = async (number: number): Promise<void> => {
      const client = await RawClient.connect(url);
      const session = new Uuid(randomUUID());
      await client.call('authenticate', [token]);
      await client.call('use', [names.namespace, names.database]);
      await client.call('attach', [], { session });
      await client.call('authenticate', [token], { session });
      await client.call('use', [names.namespace, names.database], { session });
      await client.call('live', ['note']);
      await client.call('query', ['LIVE SELECT * FROM note'], { session });
      const { result: txn } = await client.call('begin');
      await client.call('query', ['UPDATE note:1 SET n += 1'], { txn });
      // Some clients close properly, some are cut off, some disconnect in the middle of a request.
      if (number % 3 === 0) client.socket.send(Buffer.from('83', 'hex'));
      if (number % 3 === 1) void client.call('query', ['LIVE SELECT * FROM note; SLEEP 5ms']);
      if (number % 3 === 2) void client.call('begin');
      if (number % 2 === 0) client.socket.close();
      else client.socket.terminate();
    };
    const visitAll = async (count: number): Promise<void> => {
      for (let done = 0; done < count; done += 25) {
        await Promise.all(Array.from({ length: 25 }, (_, index) => visit(done + index)));
      }
    };
    const settled = async (): Promise<void> => {
      await vi.waitFor(
        async () => {
          const [info] = await admin.query<[{ lives: object }]>('INFO FOR TABLE note');
          expect(info.lives).toEqual({});
        },
        { timeout: 40_000, interval: 50 },
      );
    };

    await visitAll(200);
    await settled();
    const files = openFiles();
    const memory = process.memoryUsage.rss();
    await visitAll(800);
    await settled();

    // The visitors' writes were never committed and block no other write.
    expect(await admin.query('UPDATE ONLY note:1 SET n += 1 RETURN VALUE n')).toEqual([1]);
    await vi.waitFor(() => expect(openFiles()).toBeLessThanOrEqual(files + 2), 20_000);
    expect(process.memoryUsage.rss() - memory).toBeLessThan(150_000_000);
  }, 180_000);
});
