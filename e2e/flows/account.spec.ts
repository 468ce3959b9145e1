import { Surreal } from 'surrealdb';
import { expect, signUp, test } from '../src/fixtures.ts';

test('signs a visitor up, out, and in again', async ({ page, stack }) => {
  const { username, password } = await signUp(page, stack.urls.web, 'mina');
  await expect(page.getByText(username).first()).toBeVisible();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();

  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();

  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
});

test('welcomes a first visitor, and welcomes a returning one back', async ({ page, stack }) => {
  await page.goto(stack.urls.web);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Welcome');
  await signUp(page, stack.urls.web, 'wilhelmina');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Welcome back');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Welcome back');
});

test('keeps a person signed in over a reload, and signs out two tabs together', async ({ page, stack }) => {
  await signUp(page, stack.urls.web, 'lucy');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();

  const second = await page.context().newPage();
  await second.goto(stack.urls.web);
  await expect(second.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(second.getByRole('button', { name: 'Sign in' })).toBeVisible();
});

test('refuses a username that is taken, regardless of case', async ({ page, newPerson, stack }) => {
  const { username } = await newPerson('renfield');
  await page.goto(stack.urls.web);
  await page
    .getByRole('link', { name: /sign up|create|account/i })
    .first()
    .click();
  await page.getByLabel('Username').fill(username.toUpperCase());
  await page.getByLabel('Password').fill('a long enough secret');
  await page.getByRole('button', { name: 'Sign up' }).click();
  await expect(page.getByRole('alert')).toContainText(/taken/i);
});

test('lets only services sign in at the database', async ({ newPerson, stack }) => {
  const { username, password } = await newPerson('lestat');
  const db = new Surreal();
  await db.connect(stack.urls.database, { namespace: 'main', database: 'spookify' });
  try {
    await expect(db.query('SELECT * FROM user')).rejects.toThrow();
    await expect(db.signin({ access: 'account', variables: { username, password } })).rejects.toThrow();
    await expect(db.signup({ access: 'account', variables: { username: 'armand', password } })).rejects.toThrow();
    await expect(db.query('SELECT * FROM user')).rejects.toThrow();
  } finally {
    await db.close();
  }
});
