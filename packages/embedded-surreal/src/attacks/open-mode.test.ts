/**
 * What a server cannot prevent while record users may send it any SurrealQL. Each case documents today's behaviour; a
 * gateway in front, which lets no text through, turns them around. See docs/security.md.
 */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { CLOSURE_BOMB, startChildServer } from '../testing/child-server.ts';

const ENDS_THE_PROCESS: Readonly<Record<string, string>> = {
  'a closure that calls itself': 'RETURN (|$f| $f($f))(|$f| $f($f))',
  'a denied function called as a method': 'RETURN time::now().format("%")',
  'a TIMEOUT beyond the clock': 'SELECT * FROM note TIMEOUT 584942417355y',
};

describe('an open server', { timeout: 60_000 }, () => {
  it.for(Object.keys(ENDS_THE_PROCESS))('cannot keep a record user from ending the process by %s', async (name) => {
    const { child, eve } = await startChildServer();
    const ended = once(child, 'exit');
    void eve.call('query', [ENDS_THE_PROCESS[name]]);
    expect(await ended).toEqual([null, expect.stringMatching(/^SIG(ABRT|SEGV|BUS|ILL)$/)]);
  });

  it('cannot keep a record user from freezing it for everybody', async () => {
    const { url, eve } = await startChildServer({ queryTimeoutMs: 1000 });
    void eve.call('query', [CLOSURE_BOMB]);
    const answer = await fetch(`${url.replace('ws:', 'http:').replace('/rpc', '')}/health`);
    expect(answer.status).toBe(503);
  });
});

describe('the older planner', { timeout: 60_000 }, () => {
  it('keeps the process alive in all of them', async () => {
    const { child, eve } = await startChildServer({ planner: 'compute-only' });
    for (const [name, text] of Object.entries(ENDS_THE_PROCESS)) {
      const { result, error } = await eve.call('query', [text]);
      expect(JSON.stringify(error ?? result), name).toMatch(/excessive|not allowed to be executed|Invalid timeout/);
    }
    expect(child.exitCode ?? child.signalCode).toBeNull();
  });
});
