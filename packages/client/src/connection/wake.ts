/** Tells when it is worth looking at the connection at once: the network is back, or the page is looked at again. */
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
