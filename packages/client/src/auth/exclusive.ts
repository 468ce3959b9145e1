const queues = new Map<string, Promise<unknown>>();

/**
 * Runs one task at a time per name: across all tabs of the origin if the browser has Web Locks (on https and
 * localhost), otherwise within this page.
 */
export function exclusively<Result>(name: string, task: () => Promise<Result>): Promise<Result> {
  const locks = globalThis.navigator?.locks;
  if (locks !== undefined) return locks.request(name, task) as Promise<Result>;
  const before = queues.get(name) ?? Promise.resolve();
  const result = before.then(task, task);
  const settled = result.catch(() => undefined);
  queues.set(name, settled);
  void settled.then(() => {
    if (queues.get(name) === settled) queues.delete(name);
  });
  return result;
}
