import { expect, publishThread, test } from '../../src/demo/fixtures.ts';
import { RawSocket } from '../../src/demo/raw-socket.ts';

test('hides jobs and suggestions of one person from another', async ({ newPerson }) => {
  const first = await newPerson('anne');
  await publishThread(first.page, 'A private fright', 'Only I may see what the machine makes of this.');
  await first.page.getByRole('button', { name: 'Spookify' }).click();
  await expect(first.page.getByRole('button', { name: 'Accept title' })).toBeVisible();

  const second = await newPerson('bram');
  await second.page.goto(first.page.url());
  await expect(second.page.getByRole('heading', { level: 1, name: 'A private fright' })).toBeVisible();
  await expect(second.page.getByRole('button', { name: 'Spookify' })).toHaveCount(0);
  await expect(second.page.getByRole('button', { name: 'Accept title' })).toHaveCount(0);
  await expect(second.page.locator('[data-job-status]')).toHaveCount(0);
});

test('refuses access to another person’s jobs over a hand-made connection', async ({ newPerson, stack }) => {
  const victim = await newPerson('carmilla');
  await publishThread(victim.page, 'Mine alone', 'Nobody else may start a job on this.');
  await victim.page.getByRole('button', { name: 'Spookify' }).click();
  await expect(victim.page.getByRole('button', { name: 'Accept text' })).toBeVisible();
  const key = decodeURIComponent(new URL(victim.page.url()).pathname.split('/').at(-1) ?? '');
  const thread = { $r: ['thread', key] };

  const attacker = await newPerson('varney');
  const socket = await RawSocket.open(stack.urls.gateway, attacker);
  try {
    // The thread is public; everything that belongs to it is not.
    const byId = { field: 'id', is: 'eq', value: thread };
    const related = ['job', 'suggestion'].map((table) => ({
      ...{ name: `${table}s`, many: true, field: table === 'job' ? 'assigned_to' : 'thread' },
      plan: { table },
    }));
    const rows = await socket.read({ table: 'thread', where: byId, related });
    expect(JSON.stringify(rows)).toContain('Nobody else may start a job on this.');
    expect(rows).toHaveLength(1);
    for (const table of ['job', 'suggestion']) {
      const orderBy = [{ field: 'id', descending: true }];
      expect(await socket.read({ table }), table).toEqual([]);
      expect(await socket.read({ table, orderBy, limit: 1 }), table).toEqual([]);
    }
    for (const table of ['credential', 'receipt', 'migration', 'spooky_session', 'spooky_change', 'constructor']) {
      expect(await socket.read({ table }), table).toBe('SPOOKY_GATEWAY_BAD_PLAN');
    }
    const suggestion = { $r: ['suggestion', key] };
    for (const write of [
      { kind: 'update', id: thread, fields: { title: 'taken' } },
      { kind: 'delete', id: thread },
      { kind: 'delete', id: suggestion },
      { kind: 'update', id: suggestion, fields: { title: { $none: 1 } } },
      {
        kind: 'run',
        backend: 'api',
        path: '/spookify',
        id: { $r: ['job', 'stolen'] },
        payload: { id: `thread:${key}` },
        options: { assignedTo: thread },
      },
    ]) {
      expect(await socket.write(write), JSON.stringify(write)).toBe('SPOOKY_GATEWAY_REFUSED');
    }
    // A job that sets its own status or owner is refused too.
    for (const forged of [{ status: 'success' }, { token: 'forged' }, { run_at: { $t: '2020-01-01T00:00:00Z' } }]) {
      const fields = { path: '/spookify', payload: { id: `thread:${key}` }, ...forged };
      expect(await socket.write({ kind: 'create', id: { $r: ['job', 'forged'] }, fields })).not.toBe('written');
    }

    // A job of the attacker's account for the victim's thread: the API refuses it, and the runner does not retry.
    const job = { $r: ['job', 'aimed'] };
    const aimed = { kind: 'run', backend: 'api', path: '/spookify', id: job, payload: { id: `thread:${key}` } };
    expect(await socket.write(aimed)).toBe('written');
    const own = { table: 'job', where: { field: 'id', is: 'eq', value: job } };
    await expect.poll(async () => JSON.stringify(await socket.read(own))).toContain('"status":"failed"');
  } finally {
    socket.close();
  }
});

test('shows the buttons of a thread only to its author, even after another person has signed out', async ({
  newPerson,
}) => {
  const [first, second] = [await newPerson('jekyll'), await newPerson('hyde')];
  await publishThread(first.page, 'The potion', 'Only for the doctor.');
  await expect(first.page.getByRole('button', { name: 'Spookify' })).toBeVisible();
  await second.page.goto(first.page.url());
  await expect(second.page.getByRole('heading', { level: 1, name: 'The potion' })).toBeVisible();
  await expect(second.page.getByRole('button', { name: 'Spookify' })).toHaveCount(0);
  await second.page.getByRole('button', { name: 'Sign out' }).click();
  await expect(first.page.getByRole('button', { name: 'Spookify' })).toBeVisible();
});
