import { describe, expect, it } from 'vitest';
import type { Evidence } from './evidence.ts';
import { INVARIANTS, type Invariant, judge, rerunOf } from './invariants.ts';
import { Story } from './story.ts';

function evidenceOf(stories: readonly Story[], more: Partial<Evidence> = {}): Evidence {
  const rows = stories.map((story) => story.row());
  return {
    inserted: stories.map(({ job }) => job),
    rows,
    versions: new Map(stories.map(({ job, versions }) => [job, versions])),
    calls: stories.flatMap(({ calls }) => calls),
    effects: rows
      .filter(({ status }) => status === 'success')
      .map(({ job, reruns }) => ({ job, key: reruns === 0 ? job : `${job}:${reruns}` })),
    requests: [],
    stuck: new Set(),
    ...more,
  };
}

/** Which invariants find something. */
function broken(evidence: Evidence): Invariant[] {
  const found = Object.entries(judge(evidence)).filter(([, { length }]) => length > 0);
  return found.map(([name]) => name as Invariant);
}

const plain = (): Story => new Story('job:a').claim('t1').call(1, 5).wait(10).succeed();
const declined = (): Story => new Story('job:a').claim('t1').call(1, 5).wait(10).fail('http_422');

describe('a lawful storm', () => {
  const lawful: [string, () => Evidence][] = [
    ['a job that succeeds at once', () => evidenceOf([plain()])],
    [
      'retries up to the limit',
      () => {
        const story = new Story('job:a');
        for (const attempt of [1, 2]) story.claim(`t${attempt}`).call(attempt, 5).wait(10).retry();
        return evidenceOf([story.claim('t3').call(3, 5).wait(10).fail('http_500')]);
      },
    ],
    [
      'a lapsed lease, the first call still open at the backend',
      () => {
        const story = new Story('job:a').claim('t1').call(1, 60_000).wait(5_000).renew().wait(15_001).rescue();
        return evidenceOf([story.claim('t2', 'r2.1:b').call(1, 5).wait(10).succeed()]);
      },
    ],
    [
      'a job that loses its runner three times',
      () => {
        const story = new Story('job:a');
        for (const n of [1, 2]) story.claim(`t${n}`).call(1, 5).wait(15_001).rescue();
        return evidenceOf([story.claim('t3').call(1, 5).wait(15_001).fail('runner_lost', { rescues: 3 })]);
      },
    ],
    [
      'a shutdown that gives the job back',
      () =>
        evidenceOf([
          new Story('job:a')
            .claim('t1')
            .call(1, 5)
            .wait(10)
            .drop({ status: 'pending' })
            .claim('t2')
            .call(1, 5)
            .wait(9)
            .succeed(),
        ]),
    ],
    [
      'an owner who wants a second run',
      () => {
        const story = declined().write({ request: 'retry' }).rerun().claim('t2').call(1, 5, 'job:a:1').wait(10);
        return evidenceOf([story.succeed()], { requests: [{ job: 'job:a', request: 'retry', at: 0 }] });
      },
    ],
    [
      'an owner who ends what is stuck',
      () => {
        const story = new Story('job:a').claim('t1').call(1, 500).wait(500).write({ request: 'cancel' });
        return evidenceOf([story.fail('cancelled', { request: undefined })], {
          requests: [{ job: 'job:a', request: 'cancel', at: 0 }],
          stuck: new Set(['job:a']),
        });
      },
    ],
    [
      'a stuck job whose backend is killed before its cancel is seen',
      () => {
        const story = new Story('job:a').claim('t1').call(1, 500).write({ request: 'cancel' }).wait(500);
        return evidenceOf([story.fail('backend_unreachable').write({ request: undefined })], {
          requests: [{ job: 'job:a', request: 'cancel', at: 0 }],
          stuck: new Set(['job:a']),
        });
      },
    ],
    [
      'a cancel that comes too late',
      () => {
        const story = new Story('job:a').claim('t1').call(1, 5).wait(10).write({ request: 'cancel' });
        return evidenceOf([story.succeed().write({ request: undefined })]);
      },
    ],
    [
      'a hang-up that the backend notices late',
      () =>
        evidenceOf([
          new Story('job:a').claim('t1').call(1, 200).wait(10).retry().claim('t2').call(2, 5).wait(10).succeed(),
        ]),
    ],
  ];

  it.each(lawful)('%s', (_, evidence) => {
    expect(judge(evidence())).toEqual(Object.fromEntries(Object.keys(INVARIANTS).map((name) => [name, []])));
  });
});

describe('a storm that broke', () => {
  const unlawful: [Invariant, string, () => Evidence][] = [
    [
      'no job is lost',
      'an acknowledged insert without a row',
      () => evidenceOf([plain()], { inserted: ['job:a', 'job:b'] }),
    ],
    ['no job is lost', 'a deleted row', () => evidenceOf([plain().write({ event: 'DELETE' })])],
    ['every job ends', 'a job left pending', () => evidenceOf([new Story('job:a')])],
    ['every job ends', 'a job left with its runner', () => evidenceOf([new Story('job:a').claim('t1').call(1, 5)])],
    ['every job ends', 'a request nobody heard', () => evidenceOf([plain().write({ request: 'retry' })])],
    [
      'every write is on record',
      'a row that stands otherwise than last seen',
      () => {
        const story = declined();
        return evidenceOf([story], {
          rows: [story.row({ status: 'success' })],
          effects: [{ job: 'job:a', key: 'job:a' }],
        });
      },
    ],
    [
      'every write is on record',
      'no record at all',
      () => evidenceOf([], { rows: [declined().row()], inserted: ['job:a'] }),
    ],
    [
      'one live claim at a time',
      'a claim taken from its holder',
      () => evidenceOf([new Story('job:a').claim('t1').claim('t2', 'r2.1:b').call(1, 5).wait(10).succeed()]),
    ],
    [
      'one live claim at a time',
      'a rescue before the lease is over',
      () =>
        evidenceOf([
          new Story('job:a').claim('t1').call(1, 5).wait(14_000).rescue().claim('t2').call(1, 5).wait(10).succeed(),
        ]),
    ],
    [
      'one live claim at a time',
      'a rescue of a renewed lease',
      () =>
        evidenceOf([
          new Story('job:a')
            .claim('t1')
            .wait(5_000)
            .renew()
            .wait(14_000)
            .rescue()
            .claim('t2')
            .call(1, 5)
            .wait(10)
            .succeed(),
        ]),
    ],
    [
      'no two calls of a job at a time',
      'a second call while the first one runs',
      () =>
        evidenceOf([
          new Story('job:a').claim('t1').call(1, 5_000).wait(10).retry().claim('t2').call(2, 5).wait(10).succeed(),
        ]),
    ],
    [
      'no two calls of a job at a time',
      'a second call after a release, the first one not ended',
      () =>
        evidenceOf([
          new Story('job:a')
            .claim('t1')
            .call(1, 5_000)
            .wait(10)
            .drop({ status: 'pending' })
            .claim('t2')
            .call(1, 5)
            .wait(10)
            .succeed(),
        ]),
    ],
    [
      'one call for each claim',
      'two calls for one claim',
      () => evidenceOf([new Story('job:a').claim('t1').call(1, 5).wait(10).call(1, 5).wait(10).succeed()]),
    ],
    [
      'one call for each claim',
      'a call without a claim',
      () => evidenceOf([new Story('job:a').call(1, 5).wait(10).claim('t1').call(1, 5).wait(10).succeed()]),
    ],
    [
      'one call for each claim',
      'a call as another attempt',
      () => evidenceOf([new Story('job:a').claim('t1').call(2, 5).wait(10).succeed()]),
    ],
    [
      'terminal states never change',
      'success that fails',
      () => evidenceOf([plain().write({ status: 'failed', codes: ['http_500'] })]),
    ],
    ['terminal states never change', 'success with another result', () => evidenceOf([plain().write({ result: '1' })])],
    [
      'terminal states never change',
      'a failure that runs again unasked',
      () => evidenceOf([declined().rerun().claim('t2').call(1, 5, 'job:a:1').wait(10).succeed()]),
    ],
    [
      'terminal states never change',
      'a failure for another reason',
      () => evidenceOf([declined().write({ codes: ['http_500'] })]),
    ],
    [
      'at most 1 + max_retries attempts',
      'one attempt more than allowed',
      () => {
        const story = new Story('job:a');
        for (const attempt of [1, 2, 3]) story.claim(`t${attempt}`).call(attempt, 5).wait(10).retry();
        return evidenceOf([story.claim('t4').call(4, 5).wait(10).succeed()]);
      },
    ],
    [
      'at most 1 + max_retries attempts',
      'attempts that are not counted',
      () => {
        const story = new Story('job:a');
        // Two outcomes for one number: the row forgot a retry.
        for (const n of [1, 2, 3]) story.claim(`t${n}`).call(n, 5).wait(10).retry();
        return evidenceOf([story.write({ retries: 2 }).claim('t4').call(3, 5).wait(10).succeed()]);
      },
    ],
    [
      'at most 1 + max_retries attempts',
      'a fourth lost runner',
      () => {
        const story = new Story('job:a');
        for (const n of [1, 2, 3, 4]) story.claim(`t${n}`).call(1, 5).wait(15_001).rescue();
        return evidenceOf([story.claim('t5').call(1, 5).wait(10).succeed()]);
      },
    ],
    [
      'one effect for each run',
      'an effect twice',
      () =>
        evidenceOf([plain()], {
          effects: [
            { job: 'job:a', key: 'job:a' },
            { job: 'job:a', key: 'job:a' },
          ],
        }),
    ],
    ['one effect for each run', 'success without an effect', () => evidenceOf([plain()], { effects: [] })],
    [
      'one effect for each run',
      'a key of a run that never was',
      () => evidenceOf([new Story('job:a').claim('t1').call(1, 5, 'job:a:1').wait(10).succeed()]),
    ],
    [
      'owners’ requests are honoured',
      'an acknowledged request without a trace',
      () => evidenceOf([plain()], { requests: [{ job: 'job:a', request: 'cancel', at: 0 }] }),
    ],
    [
      'owners’ requests are honoured',
      'a cancel dropped from a job that goes on',
      () => {
        const story = new Story('job:a').claim('t1').write({ request: 'cancel' }).write({ request: undefined });
        return evidenceOf([story.call(1, 5).wait(10).succeed()]);
      },
    ],
    [
      'owners’ requests are honoured',
      'a retry dropped from a failed job',
      () => evidenceOf([declined().write({ request: 'retry' }).write({ request: undefined })]),
    ],
    [
      'owners’ requests are honoured',
      'a stuck job that is claimed again after its cancel',
      () => {
        const story = new Story('job:a')
          .claim('t1')
          .call(1, 5)
          .write({ request: 'cancel' })
          .retry('backend_unreachable');
        story.wait(100).claim('t2').call(2, 5).wait(10).fail('backend_unreachable');
        return evidenceOf([story.write({ request: undefined })], {
          requests: [{ job: 'job:a', request: 'cancel', at: 0 }],
          stuck: new Set(['job:a']),
        });
      },
    ],
    [
      'owners’ requests are honoured',
      'a stuck job that went on in spite of a cancel',
      () => {
        const story = new Story('job:a').claim('t1').call(1, 5).write({ request: 'cancel' });
        return evidenceOf([story.succeed().write({ request: undefined })], {
          requests: [{ job: 'job:a', request: 'cancel', at: 0 }],
          stuck: new Set(['job:a']),
        });
      },
    ],
  ];

  it.each(unlawful)('%s: %s', (name, _, evidence) => {
    expect(broken(evidence())).toContain(name);
  });

  it('has an example for every invariant', () => {
    expect(new Set(unlawful.map(([name]) => name))).toEqual(new Set(Object.keys(INVARIANTS)));
  });
});

it('a key tells which run it is of', () => {
  expect(rerunOf('job:a', 'job:a')).toBe(0);
  expect(rerunOf('job:a', 'job:a:2')).toBe(2);
  for (const key of ['job:b', 'job:a:', 'job:a:0', 'job:a:x', 'job:a1']) expect(rerunOf('job:a', key)).toBeUndefined();
});
