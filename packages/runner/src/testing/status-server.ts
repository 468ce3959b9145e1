import { expect } from 'vitest';
import type { Runner } from '../runner.ts';

/** The URL of a running runner's status server. */
export function urlOf(runner: Runner): string {
  expect(runner.url).toBeDefined();
  return runner.url ?? '';
}

/** The samples of a metrics page, by name and labels as the page shows them. */
export async function scrape(runner: Runner): Promise<Map<string, number>> {
  const response = await fetch(`${urlOf(runner)}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const samples = new Map<string, number>();
  for (const line of (await response.text()).trimEnd().split('\n')) {
    if (line.startsWith('# ')) continue;
    const [, name = '', value] = /^([a-z_0-9]+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    expect(name, line).not.toBe('');
    samples.set(name, Number(value));
  }
  return samples;
}

/** The answer of a probe. */
export async function probe(runner: Runner, path: '/health' | '/ready'): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${urlOf(runner)}${path}`);
  return { status: response.status, body: await response.json() };
}
