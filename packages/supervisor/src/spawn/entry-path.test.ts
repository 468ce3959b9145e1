import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryRoot } from '../testing/supervise.ts';
import { resolveEntry } from './entry-path.ts';

test('resolves a built file under dist/ of the root', () => {
  const root = temporaryRoot({ 'a.js': '' });
  expect(resolveEntry(root, 'dist/a.js')).toBe(join(root, 'dist/a.js'));
  expect(resolveEntry(root, join(root, 'dist/a.js'))).toBe(join(root, 'dist/a.js'));
});

test('checks the targets of symbolic links', () => {
  const root = temporaryRoot({ 'a.js': '' });
  writeFileSync(join(root, 'secret.js'), '');
  symlinkSync(join(root, 'dist/a.js'), join(root, 'dist/inside.js'));
  symlinkSync(join(root, 'secret.js'), join(root, 'dist/outside.js'));
  expect(resolveEntry(root, 'dist/inside.js')).toBe(join(root, 'dist/a.js'));
  expect(() => resolveEntry(root, 'dist/outside.js')).toThrow(
    expect.objectContaining({ code: 'SPOOKY_SUPERVISOR_ENTRY_OUTSIDE' }),
  );
  const elsewhere = temporaryRoot({ 'b.js': '' });
  symlinkSync(join(elsewhere, 'dist'), join(root, 'dist/linked'));
  expect(() => resolveEntry(root, 'dist/linked/b.js')).toThrow(
    expect.objectContaining({ code: 'SPOOKY_SUPERVISOR_ENTRY_OUTSIDE' }),
  );
});

test.each([
  ['', 'INVALID_OPTION'],
  ['dist/a\0.js', 'INVALID_OPTION'],
  ['src/a.ts', 'ENTRY_NOT_BUILT'],
  ['dist/a.js.map', 'ENTRY_NOT_BUILT'],
  ['a.js', 'ENTRY_OUTSIDE'],
  ['dist/../a.js', 'ENTRY_OUTSIDE'],
  ['../dist/a.js', 'ENTRY_OUTSIDE'],
  ['distant/a.js', 'ENTRY_OUTSIDE'],
  ['/etc/a.js', 'ENTRY_OUTSIDE'],
  ['dist/none.js', 'ENTRY_MISSING'],
  ['dist/folder.js', 'ENTRY_MISSING'],
])('refuses %j: %s', (entry, code) => {
  const root = temporaryRoot({ 'a.js': '' });
  writeFileSync(join(root, 'a.js'), '');
  mkdirSync(join(root, 'dist/folder.js'));
  expect(() => resolveEntry(root, entry)).toThrow(expect.objectContaining({ code: `SPOOKY_SUPERVISOR_${code}` }));
});
