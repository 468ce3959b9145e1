import path from 'node:path';
import { expect, test } from 'vitest';
import { whyNoScript } from './npm-script.ts';
import { createProject } from './testing/project.ts';

test.each([
  ['dev', '.', undefined],
  ['build', 'web', undefined],
  // Like npm, it uses the nearest package.json.
  ['dev', 'schema/outbox', undefined],
  ['serve', 'web', 'web/package.json has no script serve; it has: dev, build'],
  ['bild', 'web', 'web/package.json has no script bild; did you mean build?'],
  ['dev', 'bare', 'bare/package.json has no script dev; it has: none'],
  ['dev', 'listed', 'listed/package.json has no script dev; it has: none'],
  ['dev', 'broken', 'broken/package.json is not JSON, so npm cannot run its scripts; correct it'],
])('checks the script %s in %s: %s', async (script, folder, message) => {
  await using project = await createProject({
    'bare/package.json': '{}',
    'listed/package.json': '[null]',
    'broken/package.json': '{ "scripts": }',
  });
  expect(await whyNoScript(script, path.join(project.root, folder), project.root)).toBe(message);
});

test('reports a missing package.json up to the root of the disk', async () => {
  const message = 'there is no package.json in ../../nowhere or above it; create one that has the script';
  expect(await whyNoScript('dev', '/nowhere', '/tmp/project')).toBe(message);
});
