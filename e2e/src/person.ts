import { randomBytes } from 'node:crypto';
import type { Page } from '@playwright/test';

/** A person who has signed up, in a separate browser window. */
export interface Person {
  page: Page;
  username: string;
  password: string;
}

/** Opens the web app and creates an account. */
export async function signUp(page: Page, web: string, name: string): Promise<Person> {
  const person = { page, username: `${name}-${randomBytes(4).toString('hex')}`, password: 'a long enough secret' };
  await page.goto(web);
  await page
    .getByRole('link', { name: /sign up|create|account/i })
    .first()
    .click();
  await page.getByLabel('Username').fill(person.username);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign up' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  return person;
}
