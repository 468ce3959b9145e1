/**
 * Calls the listener when the connection should be checked: the network is back or the page becomes visible. Returns a
 * function that removes it.
 */
export function onWake(listener: () => void): () => void {
  const onVisible = (): void => {
    if (globalThis.document?.visibilityState === 'visible') listener();
  };
  globalThis.addEventListener?.('online', listener);
  globalThis.document?.addEventListener('visibilitychange', onVisible);
  return () => {
    globalThis.removeEventListener?.('online', listener);
    globalThis.document?.removeEventListener('visibilitychange', onVisible);
  };
}
