/**
 * Queries that never end. The timeout stops most of them; for the others, the process reports that its engine does not
 * answer.
 */
import { describe, expect, it } from 'vitest';
import { CLOSURE_BOMB, startChildServer } from '../testing/child-server.ts';

const health = (url: string) => fetch(`${url.replace('ws:', 'http:').replace('/rpc', '')}/health`);

describe('the query timeout', () => {
  it.for([
    'RETURN sleep(1h)',
    'FOR $a IN 0..100000 { FOR $b IN 0..100000 { LET $x = $a } }',
    'CREATE |note:9223372036854775807|',
    'SELECT * FROM note WHERE array::range(0, 1000).map(|$x| $x).len() = 0 OR text != NONE',
  ])('ends %s', { timeout: 60_000 }, async (text) => {
    const { eve, url } = await startChildServer({ queryTimeoutMs: 1000 });
    if (text.includes('WHERE')) {
      for (let hundred = 0; hundred < 40; hundred += 1) {
        await eve.call('query', ['CREATE |note:100| SET owner = $auth.id RETURN NONE']);
      }
    }
    const { result, error } = await eve.call('query', [text]);
    expect(JSON.stringify(error ?? result)).toMatch(/exceeded the timeout/);
    expect((await health(url)).status).toBe(200);
  });
});

it('answers /health with 503 while the engine is frozen, instead of hanging', { timeout: 60_000 }, async () => {
  const { eve, url } = await startChildServer({ queryTimeoutMs: 1000 });
  expect((await health(url)).status).toBe(200);
  void eve.call('query', [CLOSURE_BOMB]);
  const answers = await Promise.all(Array.from({ length: 20 }, () => health(url)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
});
