const NETWORK = ['online', 'offline'] as const;

/**
 * Calls the listener when the connection should be checked: the network is back or gone, or the page becomes visible.
 * Returns a function that removes it.
 */
export function onWake(listener: () => void): () => void {
  const onVisible = (): void => {
    if (globalThis.document?.visibilityState === 'visible') listener();
  };
  for (const event of NETWORK) globalThis.addEventListener?.(event, listener);
  globalThis.document?.addEventListener('visibilitychange', onVisible);
  return () => {
    for (const event of NETWORK) globalThis.removeEventListener?.(event, listener);
    globalThis.document?.removeEventListener('visibilitychange', onVisible);
  };
}
