import { expect, it } from 'vitest';
import { compileBackends } from './backends.ts';

it('has only routes that a runner can call', () => {
  const paths = ['/go', '/café', '/with space', '/q?x=1', '/a/../b', '//a', '/threads/{id}', '/%zz', 'go'];
  const routes = Object.fromEntries(paths.map((path) => [path, { path, request: {} }]));
  const { byName } = compileBackends([{ name: 'api', table: 'job', routes }]);
  expect([...(byName.get('api')?.routes.keys() ?? [])]).toEqual(['/go', '/café', '/with space']);
});
