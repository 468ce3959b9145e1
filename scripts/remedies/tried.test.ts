import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalogues } from '../errors-page.ts';
import { TRIED } from './tried.ts';

it('names tests that exist, for codes that exist', () => {
  // Without the demo there are fewer codes.
  const codes = catalogues().flatMap(({ entries }) => entries.map(({ code }) => code));
  const missing = codes.flatMap((code) => {
    const [how = 'not tried', where = ''] = TRIED[code] ?? [];
    if (how !== 'followed' && how !== 'raised') return [];
    return existsSync(new URL(`../../${where}`, import.meta.url)) ? [] : [`${code}: ${where}`];
  });
  expect(missing).toEqual([]);
  const packages = Object.keys(TRIED).filter((code) => !code.startsWith('SPOOKY_API_'));
  expect(packages.filter((code) => !codes.includes(code))).toEqual([]);
});
