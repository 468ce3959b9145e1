import { capitalized, type TableNames } from './names.ts';

/** A flow in a browser: live in another session of the owner, and hidden from other people. */
export const flowFile = ({ page, one, many }: TableNames): string => `import { expect, test } from '../src/fixtures.ts';

test('rows are live for their owner, and hidden from others', async ({ newPerson, browser, stack }) => {
  const address = \`\${stack.urls.web}/${page}\`;
  const { page: first, username, password } = await newPerson('ada');
  await first.getByRole('link', { name: '${capitalized(many)}' }).click();

  const context = await browser.newContext();
  const second = await context.newPage();
  await second.goto(address);
  await second.getByLabel('Username').fill(username);
  await second.getByLabel('Password').fill(password);
  await second.getByRole('button', { name: 'Sign in' }).click();
  await expect(second.getByRole('heading', { name: 'No ${many} yet' })).toBeVisible();

  await first.getByLabel('Text').fill('Oil the hinges.');
  await first.getByRole('button', { name: 'Add ${one}' }).click();
  await expect(second.getByRole('listitem')).toContainText('Oil the hinges.');

  const { page: other } = await newPerson('ben');
  await other.goto(address);
  await expect(other.getByRole('heading', { name: 'No ${many} yet' })).toBeVisible();

  // An edit that is older than the row is not saved, and what was typed is in the tray.
  await first.getByRole('button', { name: 'Edit ${one}' }).click();
  await second.getByRole('button', { name: 'Edit ${one}' }).click();
  await first.getByRole('listitem').getByLabel('Text').fill('Oil all hinges.');
  await first.getByRole('button', { name: 'Save changes' }).click();
  await expect(first.getByRole('listitem')).toContainText('Oil all hinges.');
  await expect(second.getByRole('status')).toContainText('Oil all hinges.');
  await second.getByRole('button', { name: 'Save changes' }).click();
  await second.getByRole('button', { name: '1 change not saved' }).click();
  await second.getByRole('button', { name: 'Keep the current version' }).click();
  await expect(second.getByRole('listitem')).toContainText('Oil all hinges.');

  await second.getByRole('button', { name: 'Delete ${one}' }).click();
  await second.getByRole('button', { name: 'Delete for good' }).click();
  await expect(first.getByRole('heading', { name: 'No ${many} yet' })).toBeVisible();
  await context.close();
});
`;
