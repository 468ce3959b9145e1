import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { catalogues, errorsPage } from './errors-page.ts';

it('lists every error code with its meaning', () => {
  for (const { entries } of catalogues()) for (const { code, meaning } of entries) expect(meaning, code).not.toBe('');
  const page = readFileSync(join(import.meta.dirname, '../docs/errors.md'), 'utf8');
  expect(page, 'run: npm run errors-page').toBe(errorsPage());
});
