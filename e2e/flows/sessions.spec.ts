import { Surreal } from 'surrealdb';
import { expect, signUp, test } from '../src/fixtures.ts';
import { doWork } from '../src/sample-work.ts';
import type { Stack } from '../src/stack.ts';

async function asOwner(stack: Stack, text: string, bindings: Record<string, unknown> = {}): Promise<void> {
  const { SURREAL_USER: username = '', SURREAL_PASS: password = '' } = stack.secrets;
  const owner = new Surreal();
  const authentication = { username, password };
  await owner.connect(stack.urls.database, { namespace: 'main', database: 'spookify', authentication });
  await owner.query(text, bindings);
  await owner.close();
}

const SESSIONS_OF = 'spooky_session WHERE user IN (SELECT VALUE id FROM user WHERE username = $username)';

test('hides the token from every script of the page', async ({ page, stack }) => {
  const { username } = await signUp(page, stack.urls.web, 'dorian');
  const found = () =>
    page.evaluate(async () => {
      const rows: unknown[] = [];
      for (const { name = '' } of await indexedDB.databases()) {
        const opening = indexedDB.open(name);
        await new Promise((resolve) => opening.addEventListener('success', resolve));
        const { result: database } = opening;
        for (const store of database.objectStoreNames) {
          const reading = database.transaction(store).objectStore(store).getAll();
          await new Promise((resolve) => reading.addEventListener('success', resolve));
          rows.push(reading.result);
        }
        database.close();
      }
      return {
        cookies: document.cookie,
        stored: [localStorage, sessionStorage].flatMap((store) => Object.values(store)).sort(),
        results: JSON.stringify(rows),
        caches: await caches.keys(),
      };
    });
  // The last results, which the next visit shows before the gateway answers.
  await expect.poll(async () => (await found()).results).toContain(username);
  const { results, ...others } = await found();
  // The id of the user whose results these are, and a mark: a person has signed in before, for the greeting.
  expect(others).toEqual({ cookies: '', stored: [expect.stringMatching(/^user:/), 'yes'], caches: [] });
  const cookies = await page.context().cookies();
  for (const { value } of cookies) expect(results).not.toContain(value);
  expect(cookies.map(({ httpOnly, sameSite, path }) => ({ httpOnly, sameSite, path }))).toEqual([
    { httpOnly: true, sameSite: 'Strict', path: '/spooky' },
  ]);
});

test('ends a session in every tab without a reload when it ends on the server', async ({ page, stack }) => {
  const { username, password } = await signUp(page, stack.urls.web, 'jonathan');
  const second = await page.context().newPage();
  await second.goto(stack.urls.web);
  await expect(second.getByText(username)).toBeVisible();
  await asOwner(stack, `DELETE ${SESSIONS_OF}`, { username });
  for (const tab of [page, second]) await expect(tab.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect(second.getByText(username)).toBeHidden();

  // When one tab signs in again, the other follows.
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  for (const tab of [page, second]) await expect(tab.getByRole('button', { name: 'Sign out' })).toBeVisible();
});

test('signs a deleted account out everywhere, and does not let it sign in again', async ({ page, stack }) => {
  const { username, password } = await signUp(page, stack.urls.web, 'quincey');
  await asOwner(stack, 'DELETE user WHERE username = $username', { username });
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
});

test('separates two people in two profiles of one browser', async ({ newPerson }) => {
  const [first, second] = [await newPerson('jekyll'), await newPerson('hyde')];
  for (const { page } of [first, second]) await page.reload();
  for (const [mine, other] of [[first, second] as const, [second, first] as const]) {
    await expect(mine.page.getByText(mine.username)).toBeVisible();
    await expect(mine.page.getByText(other.username)).toHaveCount(0);
  }
  await second.page.getByRole('button', { name: 'Sign out' }).click();
  await expect(second.page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect(first.page.getByRole('button', { name: 'Sign out' })).toBeVisible();
});

test('works with a clock that is wrong by hours', async ({ browser, stack }) => {
  for (const hours of [-7, 400 * 24]) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.clock.install({ time: Date.now() + hours * 3_600_000 });
    await page.clock.resume();
    await signUp(page, stack.urls.web, 'phileas');
    await doWork(page);
    await page.reload();
    await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
    await context.close();
  }
});
