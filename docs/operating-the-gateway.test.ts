/** docs/operating-the-gateway.md explains every metric, label value and default. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createGatewayMeters } from '../packages/gateway/src/observe/gateway-meters.ts';
import { metricsPage } from '../packages/gateway/src/observe/metrics-page.ts';

const page = readFileSync(new URL('operating-the-gateway.md', import.meta.url), 'utf8');
const views = {
  ...{ views: 0, subscriptions: 0, bytes: 0, behind: 0, rounds: 0, conflicts: 0, position: 0 },
  ...{ proofs: 0, proofsFailed: 0 },
};
const metrics = metricsPage(createGatewayMeters().counts, {
  ...{ connected: true, sockets: 0, users: 0, engineSessions: 0 },
  views,
});

it('has a row for every metric, and names no other', () => {
  const served = [...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(served.length).toBeGreaterThan(20);
  expect([...page.matchAll(/^\| `(spooky_gateway_\w+)` \|/gm)].map(([, name]) => name).toSorted()).toEqual(
    served.toSorted(),
  );
  const suffixes = ['', '_bucket', '_count', '_sum'];
  const known = new Set(served.flatMap((name) => suffixes.map((suffix) => name + suffix)));
  const unknown = [...page.matchAll(/spooky_gateway_\w+/g)].map(([name]) => name).filter((name) => !known.has(name));
  expect(unknown).toEqual([]);
});

it('explains every value of a label', () => {
  const values = [...metrics.matchAll(/(?:end|reason|type|result)="([a-z_]+)"/g)].map(([, value = '']) => value);
  expect(values.length).toBeGreaterThan(20);
  for (const value of new Set(values)) expect(page, value).toMatch(new RegExp(`\`${value}\`|="${value}"`));
});
