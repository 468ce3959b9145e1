import { afterEach, expect, it, vi } from 'vitest';
import { startServiceWorker } from './service-worker.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('only warns if the browser refuses the lock and the worker', async () => {
  const refused = (what: string) => () => Promise.reject(new Error(what));
  vi.stubGlobal('navigator', {
    locks: { request: refused('no lock') },
    serviceWorker: { register: refused('no worker') },
  });
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  startServiceWorker();
  await vi.waitFor(() => expect(warn.mock.calls).toEqual([[new Error('no lock')], [new Error('no worker')]]));
});

it('does nothing in a browser without service workers', () => {
  vi.stubGlobal('navigator', {});
  expect(startServiceWorker).not.toThrow();
});
