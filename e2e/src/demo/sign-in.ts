import type { Page } from '@playwright/test';
import type { Person } from '../person.ts';

/** Opens a page of the app on another device, which shares nothing with the first, and signs in there. */
export async function signIn(page: Page, address: string, { username, password }: Omit<Person, 'page'>): Promise<void> {
  await page.goto(address);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}
