import { expect, it } from 'vitest';
import { startupOf } from './startup.ts';

const npm = { type: 'npm', script: 'dev', workdir: '/p' } as const;

it('allows one minute unless the dev command has a timeout', () => {
  expect(startupOf(npm, 'frontend.dev', '/p/sp00ky.yml').timeoutMs).toBe(60_000);
  expect(startupOf({ ...npm, startupTimeout: 90_000 }, 'frontend.dev', '/p/sp00ky.yml').timeoutMs).toBe(90_000);
});

it.each([
  [npm, 'backends.api.dev', 'if it needs longer, raise backends.api.dev.startupTimeout in sp00ky.yml'],
  [npm, 'frontend.dev', 'if it needs longer, raise frontend.dev.startupTimeout in sp00ky.yml'],
  [
    { type: 'shell', command: 'npm run dev' } as const,
    'frontend.dev',
    'if it needs longer, raise frontend.dev.startupTimeout in sp00ky.yml (frontend.dev: { type: shell, command: …, startupTimeout: 2m })',
  ],
])('advises how to change the timeout of %j at %s', (dev, place, advice) => {
  expect(startupOf(dev, place, '/p/sp00ky.yml').advice).toBe(advice);
});

it('names the file that was read', () => {
  expect(startupOf(npm, 'frontend.dev', '/p/sp00ky.external.yml').advice).toMatch(/ in sp00ky\.external\.yml$/);
});
