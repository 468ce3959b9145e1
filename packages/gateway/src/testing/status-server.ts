import { expect } from 'vitest';
import type { Gateway } from '../server/gateway.ts';

/** The URL of a running gateway's status server. */
export function statusUrlOf({ statusUrl = '' }: Gateway): string {
  expect(statusUrl).toMatch(/^http/);
  return statusUrl;
}

/** The samples of a metrics page, by name and labels as the page shows them, without the prefix `spooky_gateway_`. */
export async function scrape(gateway: Gateway): Promise<Record<string, number>> {
  const response = await fetch(`${statusUrlOf(gateway)}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = (await response.text()).trimEnd().split('\n');
  const samples = lines
    .filter((line) => !line.startsWith('# '))
    .map((line): [name: string, value: number] => {
      const [, name = '', value] = /^(?:spooky_gateway_)?([a-z_0-9]+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      expect(name, line).not.toBe('');
      return [name, Number(value)];
    });
  return Object.fromEntries(samples);
}

/** The answer of a probe. */
export async function probe(gateway: Gateway, path: '/health' | '/ready'): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${statusUrlOf(gateway)}${path}`);
  return { status: response.status, body: await response.json() };
}
