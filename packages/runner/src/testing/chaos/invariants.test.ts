import { describe, expect, it } from 'vitest';
import type { Evidence, Fault, OwnerRequest } from './evidence.ts';
import { INVARIANTS, type Invariant, judge, rerunOf } from './invariants.ts';
import { JobTimeline, OwnershipTimeline, PARTITION } from './timelines.ts';

function evidenceOf(
  timelines: readonly JobTimeline[],
  more: Partial<Evidence> = {},
  ownership = new OwnershipTimeline(),
): Evidence {
  const rows = timelines.map((timeline) => timeline.row());
  return {
    inserted: timelines.map(({ job }) => job),
    rows,
    versions: new Map(timelines.map(({ job, versions }) => [job, versions])),
    runners: ownership.runners,
    partitions: ownership.partitions,
    calls: timelines.flatMap(({ calls }) => calls),
    effects: rows
      .filter(({ status }) => status === 'success')
      .map(({ job, reruns }) => ({ job, key: reruns === 0 ? job : `${job}:${reruns}` })),
    requests: [],
    stuck: new Set(),
    faults: [],
    outages: [],
    ...more,
  };
}

/** Which invariants are broken. */
function broken(evidence: Evidence): Invariant[] {
  const found = Object.entries(judge(evidence)).filter(([, { length }]) => length > 0);
  return found.map(([name]) => name as Invariant);
}

const job = (now?: number): JobTimeline => new JobTimeline('job:a', now);
const plain = (): JobTimeline => job().call(1, 5).wait(10).succeed();
const declined = (): JobTimeline => job().call(1, 5).wait(10).fail('http_422');
const request = (request: OwnerRequest['request']) => ({ requests: [{ job: 'job:a', request, at: 0 }] });
const stuck = { ...request('cancel'), stuck: new Set(['job:a']) };
const kill = (process: string, from: number): Fault => ({ process, from, until: Number.POSITIVE_INFINITY });
/** Jobs that one process called, and whose outcomes it writes much later. */
const calledAtOnce = (count: number): JobTimeline[] =>
  Array.from({ length: count }, (_, number) => new JobTimeline(`job:j${number}`).call(1, 5).wait(5_000).succeed());

describe('a storm that keeps every invariant', () => {
  const valid: [string, () => Evidence][] = [
    ['a job that succeeds at once', () => evidenceOf([plain()])],
    [
      'a job that is marked, because its call takes longer',
      () => evidenceOf([job().call(1, 500).wait(100).mark().wait(400).succeed()]),
    ],
    [
      'retries up to the limit',
      () => {
        const timeline = job();
        for (const attempt of [1, 2]) timeline.call(attempt, 5).wait(10).retry();
        return evidenceOf([timeline.call(3, 5).wait(10).fail('http_500')]);
      },
    ],
    [
      'a job whose runner falls silent, the first call still open at the backend',
      () => {
        const timeline = job().call(1, 60_000).wait(100).mark().wait(12_000).as('r2.1:b').recover();
        return evidenceOf([timeline.call(1, 5).wait(10).succeed()], {}, OwnershipTimeline.crash(1_200));
      },
    ],
    [
      'a job without a mark whose runner is killed, and found dead at once by its process id',
      () => {
        const ownership = new OwnershipTimeline()
          .join('r2.1:b', 2)
          .die('r1.1:a', 1_500, 'r2.1', 1_000)
          .own('r2.1:b', 1_510);
        const timeline = job().call(1, 40).wait(600).as('r2.1:b').mark().call(1, 5).wait(10).succeed();
        return evidenceOf([timeline], { faults: [kill('r1.1', 1_050)] }, ownership);
      },
    ],
    [
      'a job that loses its runner three times',
      () => {
        const ownership = new OwnershipTimeline();
        const timeline = job();
        const faults: Fault[] = [];
        for (const [n, runner] of ['r1.1:a', 'r1.2:b', 'r1.3:c'].entries()) {
          const process = runner.split(':')[0] ?? '';
          timeline.as(runner).mark().call(1, 5).wait(100);
          faults.push(kill(process, timeline.now));
          const next = `r1.${n + 2}:${'bcd'[n]}`;
          ownership
            .join(next, timeline.now + 10)
            .die(runner, timeline.now + 20, `r1.${n + 2}`)
            .own(next, timeline.now + 30);
          timeline.wait(100).as(next);
          if (n < 2) timeline.recover();
        }
        return evidenceOf([timeline.fail('runner_lost', { rescues: 3 })], { faults }, ownership);
      },
    ],
    [
      'a shutdown that gives the job back',
      () => evidenceOf([job().call(1, 5).mark().release().call(1, 5).wait(9).succeed()]),
    ],
    [
      'a handover during a job that continues under the id of its runner',
      () => {
        const ownership = new OwnershipTimeline()
          .join('r2.1:b', 2)
          .own(undefined, 1_100, { by: 'r1.1' })
          .own('r2.1:b', 1_200);
        return evidenceOf([job().call(1, 500).mark().wait(480).succeed()], {}, ownership);
      },
    ],
    [
      'a runner that is unsure and starts its job again',
      () => {
        const ownership = new OwnershipTimeline();
        const beats = ownership.runners.get('r1.1:a')?.filter(({ at }) => at < 1_500 || at > 12_000) ?? [];
        ownership.runners.set('r1.1:a', beats);
        return evidenceOf([job().call(1, 9_000).wait(11_500).call(1, 5).wait(10).succeed()], {}, ownership);
      },
    ],
    [
      'a paused runner that comes back under a new id',
      () => {
        const ownership = OwnershipTimeline.crash(1_200).join('r1.1:z', 14_000);
        const timeline = job().call(1, 12_000).wait(100).mark().wait(12_000).as('r2.1:b').recover();
        const faults = [{ process: 'r1.1', from: 1_200, until: 13_500 }];
        return evidenceOf([timeline.call(1, 5).wait(10).succeed()], { faults }, ownership);
      },
    ],
    [
      'a job without a partition, which the owner of the first one adopts',
      () => {
        const ownership = new OwnershipTimeline().own('r1.1:a', 1, { partition: 0 });
        const timeline = job().write({ partition: 99, by: 'root' }).write({ partition: PARTITION });
        return evidenceOf([timeline.call(1, 5).wait(10).succeed()], {}, ownership);
      },
    ],
    [
      'an owner who requests a rerun',
      () => {
        const timeline = declined().ask('retry').rerun().call(1, 5, 'job:a:1').wait(10);
        return evidenceOf([timeline.succeed()], request('retry'));
      },
    ],
    [
      'an owner who cancels a stuck job',
      () => evidenceOf([job().call(1, 500).wait(500).ask('cancel').fail('cancelled', { request: undefined })], stuck),
    ],
    [
      'a stuck job whose backend is killed before its cancel is seen',
      () => evidenceOf([job().call(1, 500).ask('cancel').wait(500).fail('backend_unreachable').clear()], stuck),
    ],
    ['a cancel that comes too late', () => evidenceOf([job().call(1, 5).wait(10).ask('cancel').succeed().clear()])],
    [
      'a closed connection that the backend notices late',
      () => evidenceOf([job().call(1, 200).wait(10).retry().call(2, 5).wait(10).succeed()]),
    ],
    ['two batches that are called and unwritten', () => evidenceOf(calledAtOnce(516))],
    [
      'two batches of calls that are aborted for lack of a beat, and two others',
      () => doubted((timeline) => timeline.call(1, 10_000).wait(20_000).call(1, 5).wait(10).succeed()),
    ],
  ];

  it.each(valid)('may contain %s', (_, evidence) => {
    expect(judge(evidence())).toEqual(Object.fromEntries(Object.keys(INVARIANTS).map((name) => [name, []])));
  });
});

/** Two batches by a runner whose beats are missing for a while, and two others after that. */
function doubted(build: (timeline: JobTimeline) => JobTimeline): Evidence {
  const ownership = new OwnershipTimeline();
  const beats = ownership.runners.get('r1.1:a')?.filter(({ at }) => at < 1_500 || at > 12_000) ?? [];
  ownership.runners.set('r1.1:a', beats);
  const before = Array.from({ length: 516 }, (_, number) => build(new JobTimeline(`job:f${number}`)));
  const after = Array.from({ length: 516 }, (_, number) =>
    new JobTimeline(`job:o${number}`, 12_100).call(1, 5).wait(1_000).succeed(),
  );
  return evidenceOf([...before, ...after], {}, ownership);
}

describe('a storm that breaks an invariant', () => {
  const invalid: [Invariant, string, () => Evidence][] = [
    [
      'no job is lost',
      'an acknowledged insert without a row',
      () => evidenceOf([plain()], { inserted: ['job:a', 'job:b'] }),
    ],
    ['no job is lost', 'a deleted row', () => evidenceOf([plain().write({ event: 'DELETE' })])],
    ['every job ends', 'a job left pending', () => evidenceOf([job()])],
    ['every job ends', 'a job left with its runner', () => evidenceOf([job().call(1, 5).mark()])],
    ['every job ends', 'a request without an answer', () => evidenceOf([plain().ask('retry')])],
    [
      'every write is on record',
      'a row that differs from its last record',
      () => {
        const effects = [{ job: 'job:a', key: 'job:a' }];
        return evidenceOf([declined()], { rows: [declined().row({ status: 'success' })], effects });
      },
    ],
    [
      'every write is on record',
      'no record at all',
      () => evidenceOf([], { rows: [declined().row()], inserted: ['job:a'] }),
    ],
    [
      'a living owner keeps its partitions',
      'a partition taken from a living runner',
      () => evidenceOf([plain()], {}, new OwnershipTimeline().join('r2.1:b', 2).own('r2.1:b', 1_500)),
    ],
    [
      'a living owner keeps its partitions',
      'a partition freed by another runner',
      () => evidenceOf([plain()], {}, new OwnershipTimeline().own(undefined, 1_500, { by: 'r2.1' })),
    ],
    [
      'a living owner keeps its partitions',
      'a partition taken before the death of its owner is on record',
      () =>
        evidenceOf(
          [plain()],
          {},
          new OwnershipTimeline().join('r2.1:b', 2).own('r2.1:b', 14_000).die('r1.1:a', 14_001, 'r2.1'),
        ),
    ],
    [
      'a living owner keeps its partitions',
      'a partition taken by a runner that is dead',
      () => {
        const ownership = new OwnershipTimeline().join('r2.1:b', 2).own(undefined, 1_500, { by: 'r1.1' });
        return evidenceOf([plain()], {}, ownership.die('r2.1:b', 14_000, 'r1.1').own('r2.1:b', 14_001));
      },
    ],
    [
      'a living owner keeps its partitions',
      'a partition given to another runner',
      () => {
        const ownership = new OwnershipTimeline().join('r2.1:b', 2).own(undefined, 1_500, { by: 'r1.1' });
        return evidenceOf([plain()], {}, ownership.own('r2.1:b', 1_600, { by: 'r1.1' }));
      },
    ],
    [
      'only killed or silent runners are declared dead',
      'a death less than ten seconds after a beat',
      () => evidenceOf([plain()], {}, new OwnershipTimeline().join('r2.1:b', 2).die('r1.1:a', 13_000, 'r2.1', 4_500)),
    ],
    [
      'only killed or silent runners are declared dead',
      'a runner that finds its partitions owned by another',
      () => evidenceOf([plain()], {}, new OwnershipTimeline().die('r1.1:a', 30_000, 'r1.1')),
    ],
    [
      'nothing is written after a death',
      'an outcome of a dead runner',
      () => {
        const timeline = job().call(1, 5).wait(100).mark().wait(11_100);
        return evidenceOf([timeline.succeed()], {}, OwnershipTimeline.crash(1_200));
      },
    ],
    [
      'nothing is written after a death',
      'a mark of a dead runner, written under the row guard',
      () => {
        const ownership = new OwnershipTimeline().die('r1.1:a', 12_000, 'r2.1', 1_500);
        return evidenceOf([job(12_500).mark().call(1, 5).wait(10).succeed()], {}, ownership);
      },
    ],
    [
      'nothing is written after a death',
      'a partition that a dead runner gives up',
      () => {
        const ownership = new OwnershipTimeline().die('r1.1:a', 30_000, 'r2.1').own(undefined, 30_001, { by: 'r1.1' });
        return evidenceOf([plain()], {}, ownership);
      },
    ],
    [
      'only its owner or the runner it names writes a job',
      'an outcome of a runner that gave the partition up without a mark',
      () => {
        const ownership = new OwnershipTimeline().own(undefined, 1_100, { by: 'r1.1' });
        return evidenceOf([job().call(1, 500).wait(500).succeed()], {}, ownership);
      },
    ],
    [
      'only its owner or the runner it names writes a job',
      'a mark for another runner',
      () => evidenceOf([job().call(1, 5).write({ status: 'processing', runner: 'r2.1:b' }).wait(10).succeed()]),
    ],
    [
      'only its owner or the runner it names writes a job',
      'a recovery by a runner that owns another partition',
      () => {
        const ownership = OwnershipTimeline.crash(1_200).join('r3.1:c', 2).own('r3.1:c', 3, { partition: 4 });
        const timeline = job().call(1, 60).wait(100).mark().wait(12_000).as('r3.1:c').recover().as('r2.1:b');
        return evidenceOf([timeline.call(1, 5).wait(10).succeed()], {}, ownership);
      },
    ],
    [
      'only its owner or the runner it names calls a job',
      'a call by a runner that does not own the partition',
      () => {
        const ownership = new OwnershipTimeline().join('r2.1:b', 2).own('r2.1:b', 3, { partition: 4 });
        return evidenceOf([job().as('r2.1:b').call(1, 5).wait(10).as('r1.1:a').succeed()], {}, ownership);
      },
    ],
    [
      'only its owner or the runner it names calls a job',
      'a call after the partition was given up',
      () => evidenceOf([job().wait(500).call(1, 5)], {}, new OwnershipTimeline().own(undefined, 1_100, { by: 'r1.1' })),
    ],
    [
      'only its owner or the runner it names calls a job',
      'a call by a paused runner whose partition was taken',
      () => {
        const timeline = job().wait(12_000).as('r2.1:b').call(1, 5).wait(10).succeed().wait(500);
        return evidenceOf([timeline.as('r1.1:a').call(1, 5)], {}, OwnershipTimeline.crash(1_200));
      },
    ],
    [
      'a call is for the attempt that its row is at',
      'a call whose outcome is written already',
      () => evidenceOf([plain().wait(300).call(1, 5)]),
    ],
    [
      'a call is for the attempt that its row is at',
      'a call as another attempt',
      () => evidenceOf([job().call(2, 5).wait(10).succeed()]),
    ],
    [
      'a call is for the attempt that its row is at',
      'a call for a run that has not begun',
      () => evidenceOf([declined().wait(300).call(1, 5, 'job:a:1').wait(10).ask('retry').rerun().succeed()]),
    ],
    [
      'one call for each attempt',
      'two calls in a row',
      () => evidenceOf([job().call(1, 5).wait(10).call(1, 5).wait(10).succeed()]),
    ],
    [
      'one call for each attempt',
      'a second call by the next owner of a partition that was handed over',
      () => {
        const ownership = new OwnershipTimeline()
          .join('r2.1:b', 2)
          .own(undefined, 1_100, { by: 'r1.1' })
          .own('r2.1:b', 1_200);
        return evidenceOf([job().call(1, 5).wait(300).as('r2.1:b').call(1, 5).wait(10).succeed()], {}, ownership);
      },
    ],
    [
      'no two calls of a job at a time',
      'a second call while the first one runs',
      () => evidenceOf([job().call(1, 5_000).wait(10).retry().call(2, 5).wait(10).succeed()]),
    ],
    [
      'no two calls of a job at a time',
      'a second call after a release, the first one not ended',
      () => evidenceOf([job().call(1, 5_000).mark().release().call(1, 5).wait(10).succeed()]),
    ],
    ['every answer written was given', 'success without a call', () => evidenceOf([job().succeed()])],
    [
      'every answer written was given',
      'an answer to the call of another attempt',
      () => evidenceOf([job().call(2, 5).fail('http_500')]),
    ],
    [
      'every answer written was given',
      'an answer to the call of another process',
      () => {
        const ownership = new OwnershipTimeline()
          .join('r2.1:b', 2)
          .own(undefined, 1_012, { by: 'r1.1' })
          .own('r2.1:b', 1_013);
        return evidenceOf([job().call(1, 5).wait(10).as('r2.1:b').succeed()], {}, ownership);
      },
    ],
    [
      'terminal states never change',
      'success that fails',
      () => evidenceOf([plain().write({ status: 'failed', codes: ['http_500'] })]),
    ],
    ['terminal states never change', 'success with another result', () => evidenceOf([plain().write({ result: '1' })])],
    [
      'terminal states never change',
      'a failure that runs again without a request',
      () => evidenceOf([declined().rerun().call(1, 5, 'job:a:1').wait(10).succeed()]),
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
        const timeline = job();
        for (const attempt of [1, 2, 3]) timeline.call(attempt, 5).wait(10).retry();
        return evidenceOf([timeline.call(4, 5).wait(10).succeed()]);
      },
    ],
    [
      'at most 1 + max_retries attempts',
      'attempts that are not counted',
      () => {
        const timeline = job();
        // Two outcomes for one number: the row lost a retry.
        for (const n of [1, 2, 3]) timeline.call(n, 5).wait(10).retry();
        return evidenceOf([timeline.write({ retries: 2 }).call(3, 5).wait(10).succeed()]);
      },
    ],
    [
      'at most 1 + max_retries attempts',
      'a fourth lost runner',
      () => evidenceOf([job().write({ rescues: 4 }).call(1, 5).wait(10).succeed()]),
    ],
    [
      'retries, rescues and errors add up',
      'a retry without its error',
      () => evidenceOf([job().call(1, 5).write({ retries: 1 })]),
    ],
    [
      'retries, rescues and errors add up',
      'an error without a retry',
      () =>
        evidenceOf([
          job()
            .call(1, 5)
            .write({ codes: ['http_500'] }),
        ]),
    ],
    [
      'retries, rescues and errors add up',
      'a retry that counts twice',
      () =>
        evidenceOf([
          job()
            .call(1, 5)
            .wait(10)
            .write({ retries: 2, codes: ['http_500'] }),
        ]),
    ],
    [
      'retries, rescues and errors add up',
      'a second run with the retries of the first',
      () =>
        evidenceOf([
          job().call(1, 5).wait(10).retry().fail('http_422').ask('retry').write({ status: 'pending', reruns: 1 }),
        ]),
    ],
    [
      'only lost runners are counted',
      'a recovery from a living runner',
      () => evidenceOf([job().call(1, 5).wait(100).mark().recover().call(1, 5).wait(10).succeed()]),
    ],
    [
      'only lost runners are counted',
      'two jobs failed for the death of one runner',
      () => {
        const timelines = ['job:a', 'job:b'].map((name) => {
          const timeline = new JobTimeline(name).write({ rescues: 2 }).mark().call(1, 5).wait(12_000).as('r2.1:b');
          return timeline.fail('runner_lost', { rescues: 3 });
        });
        return evidenceOf(timelines, {}, OwnershipTimeline.crash(1_200));
      },
    ],
    ['at most two batches are called and unwritten', 'one job more', () => evidenceOf(calledAtOnce(517))],
    [
      'at most two batches are called and unwritten',
      'two batches that were answered before beats were missing, and two others',
      () => doubted((timeline) => timeline.call(1, 5).wait(20_000).succeed()),
    ],
    [
      'one effect for each run',
      'an effect twice',
      () => evidenceOf([plain()], { effects: [1, 2].map(() => ({ job: 'job:a', key: 'job:a' })) }),
    ],
    ['one effect for each run', 'success without an effect', () => evidenceOf([plain()], { effects: [] })],
    [
      'one effect for each run',
      'a key of a run that does not exist',
      () => evidenceOf([job().call(1, 5, 'job:a:1').wait(10).succeed()]),
    ],
    [
      'owners’ requests are honoured',
      'an acknowledged request that is not on record',
      () => evidenceOf([plain()], request('cancel')),
    ],
    [
      'owners’ requests are honoured',
      'a cancel dropped from a job that continues',
      () => evidenceOf([job().ask('cancel').clear().call(1, 5).wait(10).succeed()]),
    ],
    [
      'owners’ requests are honoured',
      'a retry dropped from a failed job',
      () => evidenceOf([declined().ask('retry').clear()]),
    ],
    [
      'owners’ requests are honoured',
      'a stuck job that is called again after its cancel',
      () => {
        const timeline = job().call(1, 5).ask('cancel').retry('backend_unreachable');
        return evidenceOf([timeline.wait(2_000).call(2, 5).wait(10).fail('backend_unreachable').clear()], stuck);
      },
    ],
    [
      'owners’ requests are honoured',
      'a stuck job that continues in spite of a cancel',
      () => evidenceOf([job().call(1, 5).ask('cancel').succeed().clear()], stuck),
    ],
  ];

  it.each(invalid)("is reported under '%s': %s", (name, _, evidence) => {
    expect(broken(evidence())).toContain(name);
  });

  it('has an example for every invariant', () => {
    expect(new Set(invalid.map(([name]) => name))).toEqual(new Set(Object.keys(INVARIANTS)));
  });
});

it('reads the run of a job from its idempotency key', () => {
  expect(rerunOf('job:a', 'job:a')).toBe(0);
  expect(rerunOf('job:a', 'job:a:2')).toBe(2);
  for (const key of ['job:b', 'job:a:', 'job:a:0', 'job:a:x', 'job:a1']) expect(rerunOf('job:a', key)).toBeUndefined();
});
