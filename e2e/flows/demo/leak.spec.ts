import { type RecordId, Surreal } from 'surrealdb';
import { expect, publishThread, signUp, test } from '../../src/demo/fixtures.ts';
import { Received } from '../../src/demo/received.ts';
import type { Stack } from '../../src/stack.ts';

/** The texts that only the first person may receive, each with a name for the failure message. */
async function privateTexts(stack: Stack, username: string): Promise<Map<string, string>> {
  const { SURREAL_USER: user = '', SURREAL_PASS: password = '' } = stack.secrets;
  const owner = new Surreal();
  await owner.connect(stack.urls.database, {
    namespace: 'main',
    database: 'spookify',
    authentication: { username: user, password },
  });
  const [suggestions, jobs, hashes] = await owner.query<
    [
      { title?: string; content?: string; written_by: string }[],
      { id: RecordId; payload: { id: string }; result?: object; errors: { reason: string }[] }[],
      string[],
    ]
  >('SELECT * FROM suggestion; SELECT * FROM job; SELECT VALUE password FROM credential');
  await owner.close();
  const texts = new Map([
    // The name in lower case exists only in the credential, as its id.
    [username.toLowerCase(), 'the key of the name'],
    ['username_key', 'the field of the key'],
    ['$argon2', 'any password hash'],
  ]);
  for (const [n, hash] of hashes.entries()) texts.set(hash, `password hash ${n}`);
  for (const [n, { title, content, written_by }] of suggestions.entries()) {
    if (title !== undefined) texts.set(title, `title of suggestion ${n}`);
    if (content !== undefined) texts.set(content, `content of suggestion ${n}`);
    texts.set(written_by, `writer of suggestion ${n}`);
  }
  for (const [n, { id, payload, errors }] of jobs.entries()) {
    texts.set(String(id.id), `id of job ${n}`);
    // The thread's id is public; the payload of its job is not.
    texts.set(JSON.stringify(payload), `payload of job ${n}`);
    for (const { reason } of errors) texts.set(reason, `error of job ${n}`);
  }
  return texts;
}

test('sends nothing of one person’s suggestions, jobs and credentials to another person', async ({
  browser,
  model,
  modelStack,
}) => {
  const { web } = modelStack.urls;
  const secrets = new Map<string, string>();
  const keep = async (): Promise<void> => {
    for (const [text, name] of await privateTexts(modelStack, first.username)) secrets.set(text, name);
  };
  const [mine, theirs] = [await browser.newContext(), await browser.newContext()];
  const writer = await mine.newPage();
  const first = await signUp(writer, web, 'Edgar');

  // A thread with a suggestion after a failure, and one whose job has failed.
  model.behave({ kind: 'fail', status: 401, message: 'Incorrect API key provided' });
  await publishThread(writer, 'The raven returns', 'It sat above the door all night.');
  await expect(writer.getByRole('heading', { level: 1, name: 'The raven returns' })).toBeVisible();
  const address = writer.url();
  const spookify = writer.getByRole('button', { name: 'Spookify' });
  await spookify.click();
  await expect(writer.locator('[data-job-status="failed"]')).toBeVisible();
  await keep();
  model.behave({ kind: 'answer' });
  await writer.getByRole('button', { name: 'Retry' }).click();
  await expect(writer.getByRole('button', { name: 'Accept title' })).toBeVisible();
  await writer.getByLabel('Your comment').fill('Nevermore, I suppose.');
  await writer
    .getByRole('button', { name: /comment/i })
    .last()
    .click();
  await keep();

  // From the second person's first page on, everything that their browser receives is recorded.
  const reader = await theirs.newPage();
  const received = new Received(reader);
  await signUp(reader, web, 'Berenice');
  await expect(reader.getByText('The raven returns')).toBeVisible();
  await reader.getByText('The raven returns').click();
  await expect(reader.getByRole('heading', { level: 1, name: 'The raven returns' })).toBeVisible();
  await expect(reader.getByText('Nevermore, I suppose.')).toBeVisible();
  await reader.goto(address);
  await expect(reader.getByRole('heading', { level: 1, name: 'The raven returns' })).toBeVisible();

  // Meanwhile the first person continues: accepts, requests another suggestion, edits and deletes.
  await writer.getByRole('button', { name: 'Accept title' }).click();
  await expect(reader.getByRole('heading', { level: 1, name: 'The model whispers' })).toBeVisible();
  await keep();
  await writer.getByRole('button', { name: 'Dismiss text' }).click();
  await expect(writer.getByRole('button', { name: 'Dismiss text' })).toBeHidden();
  model.behave({ kind: 'fail', status: 401, message: 'Incorrect API key provided' });
  await spookify.click();
  await expect(writer.locator('[data-job-status="failed"]')).toBeVisible();
  await keep();
  model.behave({ kind: 'answer' });
  await writer.getByRole('button', { name: 'Retry' }).click();
  await expect(writer.getByRole('button', { name: 'Accept text' })).toBeVisible();
  await keep();
  await reader.getByRole('link', { name: 'All threads' }).click();
  await expect(reader.getByText('It sat above the door all night.')).toBeVisible();
  await writer.getByRole('button', { name: 'Edit thread' }).click();
  await writer.getByRole('textbox', { name: 'Title' }).fill('The raven stays');
  await writer.getByRole('button', { name: 'Save changes' }).click();
  await expect(reader.getByText('The raven stays')).toBeVisible();
  await reader.getByText('The raven stays').click();
  await expect(reader.getByRole('heading', { level: 1, name: 'The raven stays' })).toBeVisible();
  await writer.getByRole('button', { name: 'Delete thread' }).click();
  await writer
    .getByRole('alertdialog')
    .getByRole('button', { name: /delete/i })
    .click();
  await expect(reader.getByText('Thread not found')).toBeVisible();

  // The public texts were received, which proves that the frames were searched.
  expect(await received.find('It sat above the door all night.')).not.toEqual([]);
  expect(await received.find('Nevermore, I suppose.')).not.toEqual([]);
  expect(await received.find(first.username)).not.toEqual([]);
  // The accepted title is public now.
  secrets.delete('The model whispers');
  const kinds = new Set([...secrets.values()].map((name) => name.replace(/ \d+$/, '')));
  expect([...kinds]).toEqual(
    expect.arrayContaining(['password hash', 'content of suggestion', 'id of job', 'payload of job', 'error of job']),
  );
  const leaks: string[] = [];
  for (const [text, name] of secrets) {
    for (const part of await received.find(text)) leaks.push(`${name} in ${part}`);
  }
  expect(leaks).toEqual([]);
  await mine.close();
  await theirs.close();
});
