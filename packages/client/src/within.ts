/** What a promise resolves with; undefined if it rejects, or does not resolve in this time. Never rejects. */
export async function within<Value>(limitMs: number, promise: Promise<Value>): Promise<Value | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), limitMs);
  const value = await Promise.race([promise.catch(() => undefined), late.promise]);
  clearTimeout(timer);
  return value;
}
