/** Reads `retry-after-ms`, or `Retry-After` in seconds or as a date. Returns whole seconds, at most an hour. */
export function retryAfter(headers: Headers): number | undefined {
  const milliseconds = headers.get('retry-after-ms') ?? '';
  const value = headers.get('retry-after') ?? '';
  if (/^\d+(\.\d+)?$/.test(milliseconds)) return bounded(Number(milliseconds) / 1000);
  if (value === '') return undefined;
  return bounded(/^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000);
}

function bounded(seconds: number): number | undefined {
  return Number.isFinite(seconds) ? Math.min(3600, Math.max(1, Math.ceil(seconds))) : undefined;
}
