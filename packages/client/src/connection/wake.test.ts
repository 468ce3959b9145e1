import { afterEach, expect, it, vi } from 'vitest';
import { onWake } from './wake.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

it('calls the listener when the network changes or the page becomes visible, until it is removed', () => {
  const page = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('document', document);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  const woken = vi.fn();
  const stop = onWake(woken);
  page.dispatchEvent(new Event('offline'));
  page.dispatchEvent(new Event('online'));
  document.dispatchEvent(new Event('visibilitychange'));
  expect(woken).toHaveBeenCalledTimes(3);
  document.visibilityState = 'hidden';
  document.dispatchEvent(new Event('visibilitychange'));
  expect(woken).toHaveBeenCalledTimes(3);
  stop();
  page.dispatchEvent(new Event('offline'));
  page.dispatchEvent(new Event('online'));
  expect(woken).toHaveBeenCalledTimes(3);
});
