/**
 * What a server cannot prevent while record users may send any SurrealQL. Each case documents today's behaviour. A
 * gateway, which accepts no text, prevents all of them. See docs/security.md.
 */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { CLOSURE_BOMB, startChildServer } from '../testing/child-server.ts';
import { connectRoot } from '../testing/database.ts';

const ENDS_THE_PROCESS: Readonly<Record<string, string>> = {
  'a closure that calls itself': 'RETURN (|$f| $f($f))(|$f| $f($f))',
  'a denied function called as a method': 'RETURN time::now().format("%")',
  'a field with a long path': 'SELECT type::field(string::repeat("a.", 100000) + "b") FROM { a: 1 }',
  'a TIMEOUT beyond the clock': 'SELECT * FROM note TIMEOUT 584942417355y',
};

/** The older planner does not stop this one either, but the method `patch` refuses it. */
const LONG_PATCH =
  'CREATE note SET owner = $auth.id; UPDATE note PATCH [{ op: "add", path: string::repeat("/a", 100000), value: 1 }]';

/** Queries that make the engine treat a record user as another one. */
const ACTS_AS_ADA: Readonly<Record<string, string>> = {
  'a variable': '{ LET $auth = { id: user:ada }; RETURN SELECT VALUE text FROM note }',
  'a closure': 'RETURN array::flatten([{ id: user:ada }].map(|$auth| (SELECT VALUE text FROM note)))',
};

describe('an open server', { timeout: 60_000 }, () => {
  const all: Readonly<Record<string, string>> = { ...ENDS_THE_PROCESS, 'a patch with a long path': LONG_PATCH };
  it.for(Object.keys(all))('cannot stop a record user from ending the process with %s', async (name) => {
    const { child, eve } = await startChildServer();
    const ended = once(child, 'exit');
    void eve.call('query', [all[name]]);
    expect(await ended).toEqual([null, expect.stringMatching(/^SIG(ABRT|SEGV|BUS|ILL)$/)]);
  });

  it.for(Object.keys(ACTS_AS_ADA))('cannot stop a record user from reading as another one with %s', async (name) => {
    const { url, eve } = await startChildServer();
    const admin = await connectRoot(url);
    await admin.query('CREATE user:ada SET name = "ada", pass = ""; CREATE note SET owner = user:ada, text = "of ada"');
    expect(await eve.call('query', ['SELECT VALUE text FROM note'])).toMatchObject({ result: [{ result: [] }] });
    expect(await eve.call('query', [ACTS_AS_ADA[name]])).toMatchObject({ result: [{ result: ['of ada'] }] });
  });

  it('cannot stop a record user from freezing it for everybody', async () => {
    const { url, eve } = await startChildServer({ queryTimeoutMs: 1000 });
    void eve.call('query', [CLOSURE_BOMB]);
    const answer = await fetch(`${url.replace('ws:', 'http:').replace('/rpc', '')}/health`);
    expect(answer.status).toBe(503);
  });
});

describe('the older planner', { timeout: 60_000 }, () => {
  it('keeps the process alive in all these cases', async () => {
    const { child, eve } = await startChildServer({ planner: 'compute-only' });
    for (const [name, text] of Object.entries(ENDS_THE_PROCESS)) {
      const { result, error } = await eve.call('query', [text]);
      expect(JSON.stringify(error ?? result), name).toMatch(/excessive|not allowed to be executed|Invalid timeout/);
    }
    expect(child.exitCode ?? child.signalCode).toBeNull();
  });
});
