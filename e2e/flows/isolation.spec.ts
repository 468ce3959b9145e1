import { Surreal } from 'surrealdb';
import { expect, publishThread, test } from '../src/fixtures.ts';

test('a second person sees no job and no suggestion of the first', async ({ newPerson }) => {
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

test('not even a hand-made connection reaches another person’s jobs', async ({ newPerson, stack }) => {
  const victim = await newPerson('carmilla');
  await publishThread(victim.page, 'Mine alone', 'Nobody else may start a job on this.');
  await victim.page.getByRole('button', { name: 'Spookify' }).click();
  await expect(victim.page.getByRole('button', { name: 'Accept text' })).toBeVisible();

  const attacker = await newPerson('varney');
  const db = new Surreal();
  await db.connect(stack.urls.database, { namespace: 'main', database: 'spookify' });
  try {
    // Signed in as nobody: nothing at all.
    await expect(db.query('SELECT * FROM thread')).rejects.toThrow();

    await db.signin({
      access: 'account',
      variables: { username: attacker.username, password: attacker.password },
    });
    const [threads] = await db.query<[Record<string, unknown>[]]>(
      "SELECT *, <~job AS jobs, <~suggestion AS suggestions FROM thread WHERE title = 'Mine alone'",
    );
    const thread = threads[0];
    expect(thread).toMatchObject({ content: 'Nobody else may start a job on this.', jobs: [], suggestions: [] });

    // By table, by index and by key.
    for (const rows of [
      'job',
      'job ORDER BY status',
      'job WHERE assigned_to = $id',
      'suggestion',
      'suggestion ORDER BY thread',
      'suggestion WHERE thread = $id',
      "type::record('suggestion', record::id($id))",
      'credential',
      "type::record('credential', $name)",
    ]) {
      const bindings = { id: thread?.id, name: victim.username.toLowerCase() };
      expect((await db.query<[unknown[]]>(`SELECT * FROM ${rows}`, bindings))[0], rows).toEqual([]);
    }
    const create = 'CREATE job SET assigned_to = $id, path = "/spookify", payload = { id: <string> $id }';
    expect((await db.query<[unknown[]]>(create, { id: thread?.id }))[0]).toEqual([]);
    expect((await db.query<[unknown[]]>('UPDATE job SET request = "cancel"'))[0]).toEqual([]);
    expect((await db.query<[unknown[]]>('DELETE job RETURN BEFORE'))[0]).toEqual([]);
    expect((await db.query<[unknown[]]>('UPDATE $id SET title = "taken"', { id: thread?.id }))[0]).toEqual([]);
    await expect(db.query('REMOVE TABLE job')).rejects.toThrow();

    // Nor does a job come in that says itself how it ended, or who holds it.
    const aimed = 'CREATE job SET path = "/spookify", payload = { id: <string> $id }';
    for (const forged of ['status = "success"', 'token = "forged"', 'run_at = d"2020-01-01T00:00:00Z"']) {
      expect((await db.query<[unknown[]]>(`${aimed}, ${forged}`, { id: thread?.id }))[0]).toEqual([]);
    }

    // A job on the attacker's own account, aimed at the victim's thread: the API refuses it, for good.
    const [own] = await db.query<[{ id: unknown }[]]>(aimed, { id: thread?.id });
    const job = own[0]?.id;
    await expect
      .poll(async () => (await db.query<[{ status: string }]>('SELECT * FROM ONLY $job', { job }))[0]?.status)
      .toBe('failed');
  } finally {
    await db.close();
  }
});
