import { describe, expect, it } from 'vitest';
import type { Blow, Evidence, OwnerRequest } from './evidence.ts';
import { INVARIANTS, type Invariant, judge, rerunOf } from './invariants.ts';
import { PARTITION, Stage, Story } from './story.ts';

function evidenceOf(stories: readonly Story[], more: Partial<Evidence> = {}, stage = new Stage()): Evidence {
  const rows = stories.map((story) => story.row());
  return {
    inserted: stories.map(({ job }) => job),
    rows,
    versions: new Map(stories.map(({ job, versions }) => [job, versions])),
    runners: stage.runners,
    partitions: stage.partitions,
    calls: stories.flatMap(({ calls }) => calls),
    effects: rows
      .filter(({ status }) => status === 'success')
      .map(({ job, reruns }) => ({ job, key: reruns === 0 ? job : `${job}:${reruns}` })),
    requests: [],
    stuck: new Set(),
    blows: [],
    outages: [],
    ...more,
  };
}

/** Which invariants are broken. */
function broken(evidence: Evidence): Invariant[] {
  const found = Object.entries(judge(evidence)).filter(([, { length }]) => length > 0);
  return found.map(([name]) => name as Invariant);
}

const job = (now?: number): Story => new Story('job:a', now);
const plain = (): Story => job().call(1, 5).wait(10).succeed();
const declined = (): Story => job().call(1, 5).wait(10).fail('http_422');
const request = (request: OwnerRequest['request']) => ({ requests: [{ job: 'job:a', request, at: 0 }] });
const stuck = { ...request('cancel'), stuck: new Set(['job:a']) };
const kill = (process: string, from: number): Blow => ({ process, from, until: Number.POSITIVE_INFINITY });
/** Jobs that one process called, and whose outcomes it writes much later. */
const calledAtOnce = (count: number): Story[] =>
  Array.from({ length: count }, (_, number) => new Story(`job:j${number}`).call(1, 5).wait(5_000).succeed());

describe('a storm that keeps every invariant', () => {
  const lawful: [string, () => Evidence][] = [
    ['a job that succeeds at once', () => evidenceOf([plain()])],
    [
      'a job that is marked, because its call takes longer',
      () => evidenceOf([job().call(1, 500).wait(100).mark().wait(400).succeed()]),
    ],
    [
      'retries up to the limit',
      () => {
        const story = job();
        for (const attempt of [1, 2]) story.call(attempt, 5).wait(10).retry();
        return evidenceOf([story.call(3, 5).wait(10).fail('http_500')]);
      },
    ],
    [
      'a job whose runner falls silent, the first call still open at the backend',
      () => {
        const story = job().call(1, 60_000).wait(100).mark().wait(12_000).as('r2.1:b').recover();
        return evidenceOf([story.call(1, 5).wait(10).succeed()], {}, Stage.crash(1_200));
      },
    ],
    [
      'a job without a mark whose runner is killed, and found dead at once by its process id',
      () => {
        const stage = new Stage().join('r2.1:b', 2).die('r1.1:a', 1_500, 'r2.1', 1_000).own('r2.1:b', 1_510);
        const story = job().call(1, 40).wait(600).as('r2.1:b').mark().call(1, 5).wait(10).succeed();
        return evidenceOf([story], { blows: [kill('r1.1', 1_050)] }, stage);
      },
    ],
    [
      'a job that loses its runner three times',
      () => {
        const stage = new Stage();
        const story = job();
        const blows: Blow[] = [];
        for (const [n, runner] of ['r1.1:a', 'r1.2:b', 'r1.3:c'].entries()) {
          const process = runner.split(':')[0] ?? '';
          story.as(runner).mark().call(1, 5).wait(100);
          blows.push(kill(process, story.now));
          const next = `r1.${n + 2}:${'bcd'[n]}`;
          stage
            .join(next, story.now + 10)
            .die(runner, story.now + 20, `r1.${n + 2}`)
            .own(next, story.now + 30);
          story.wait(100).as(next);
          if (n < 2) story.recover();
        }
        return evidenceOf([story.fail('runner_lost', { rescues: 3 })], { blows }, stage);
      },
    ],
    [
      'a shutdown that gives the job back',
      () => evidenceOf([job().call(1, 5).mark().release().call(1, 5).wait(9).succeed()]),
    ],
    [
      'a handover, while a job goes on under the name of its runner',
      () => {
        const stage = new Stage().join('r2.1:b', 2).own(undefined, 1_100, { by: 'r1.1' }).own('r2.1:b', 1_200);
        return evidenceOf([job().call(1, 500).mark().wait(480).succeed()], {}, stage);
      },
    ],
    [
      'a runner that is unsure to be alive, and begins its job anew',
      () => {
        const stage = new Stage();
        const beats = stage.runners.get('r1.1:a')?.filter(({ at }) => at < 1_500 || at > 12_000) ?? [];
        stage.runners.set('r1.1:a', beats);
        return evidenceOf([job().call(1, 9_000).wait(11_500).call(1, 5).wait(10).succeed()], {}, stage);
      },
    ],
    [
      'a paused runner that comes back under a new id',
      () => {
        const stage = Stage.crash(1_200).join('r1.1:z', 14_000);
        const story = job().call(1, 12_000).wait(100).mark().wait(12_000).as('r2.1:b').recover();
        const blows = [{ process: 'r1.1', from: 1_200, until: 13_500 }];
        return evidenceOf([story.call(1, 5).wait(10).succeed()], { blows }, stage);
      },
    ],
    [
      'a job without a partition, which the owner of the first one adopts',
      () => {
        const stage = new Stage().own('r1.1:a', 1, { partition: 0 });
        const story = job().write({ partition: 99, by: 'root' }).write({ partition: PARTITION });
        return evidenceOf([story.call(1, 5).wait(10).succeed()], {}, stage);
      },
    ],
    [
      'an owner who wants a second run',
      () => {
        const story = declined().ask('retry').rerun().call(1, 5, 'job:a:1').wait(10);
        return evidenceOf([story.succeed()], request('retry'));
      },
    ],
    [
      'an owner who ends what is stuck',
      () => evidenceOf([job().call(1, 500).wait(500).ask('cancel').fail('cancelled', { request: undefined })], stuck),
    ],
    [
      'a stuck job whose backend is killed before its cancel is seen',
      () => evidenceOf([job().call(1, 500).ask('cancel').wait(500).fail('backend_unreachable').clear()], stuck),
    ],
    ['a cancel that comes too late', () => evidenceOf([job().call(1, 5).wait(10).ask('cancel').succeed().clear()])],
    [
      'a hang-up that the backend notices late',
      () => evidenceOf([job().call(1, 200).wait(10).retry().call(2, 5).wait(10).succeed()]),
    ],
    ['two batches that are called and unwritten', () => evidenceOf(calledAtOnce(516))],
    [
      'two batches of calls that end for want of a beat, and two others',
      () => doubted((story) => story.call(1, 10_000).wait(20_000).call(1, 5).wait(10).succeed()),
    ],
  ];

  it.each(lawful)('may contain %s', (_, evidence) => {
    expect(judge(evidence())).toEqual(Object.fromEntries(Object.keys(INVARIANTS).map((name) => [name, []])));
  });
});

/** Two batches by a runner whose beats are missing for a while, and two others after that. */
function doubted(tell: (story: Story) => Story): Evidence {
  const stage = new Stage();
  const beats = stage.runners.get('r1.1:a')?.filter(({ at }) => at < 1_500 || at > 12_000) ?? [];
  stage.runners.set('r1.1:a', beats);
  const before = Array.from({ length: 516 }, (_, number) => tell(new Story(`job:f${number}`)));
  const after = Array.from({ length: 516 }, (_, number) =>
    new Story(`job:o${number}`, 12_100).call(1, 5).wait(1_000).succeed(),
  );
  return evidenceOf([...before, ...after], {}, stage);
}

describe('a storm that breaks an invariant', () => {
  const unlawful: [Invariant, string, () => Evidence][] = [
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
      'a row that is not as it was last seen',
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
      () => evidenceOf([plain()], {}, new Stage().join('r2.1:b', 2).own('r2.1:b', 1_500)),
    ],
    [
      'a living owner keeps its partitions',
      'a partition freed by another runner',
      () => evidenceOf([plain()], {}, new Stage().own(undefined, 1_500, { by: 'r2.1' })),
    ],
    [
      'a living owner keeps its partitions',
      'a partition taken before the death of its owner is on record',
      () =>
        evidenceOf([plain()], {}, new Stage().join('r2.1:b', 2).own('r2.1:b', 14_000).die('r1.1:a', 14_001, 'r2.1')),
    ],
    [
      'a living owner keeps its partitions',
      'a partition taken by a runner that is dead',
      () => {
        const stage = new Stage().join('r2.1:b', 2).own(undefined, 1_500, { by: 'r1.1' });
        return evidenceOf([plain()], {}, stage.die('r2.1:b', 14_000, 'r1.1').own('r2.1:b', 14_001));
      },
    ],
    [
      'a living owner keeps its partitions',
      'a partition given to another runner',
      () => {
        const stage = new Stage().join('r2.1:b', 2).own(undefined, 1_500, { by: 'r1.1' });
        return evidenceOf([plain()], {}, stage.own('r2.1:b', 1_600, { by: 'r1.1' }));
      },
    ],
    [
      'only killed or silent runners are declared dead',
      'a death less than ten seconds after a beat',
      () => evidenceOf([plain()], {}, new Stage().join('r2.1:b', 2).die('r1.1:a', 13_000, 'r2.1', 4_500)),
    ],
    [
      'only killed or silent runners are declared dead',
      'a runner that finds its partitions in the hands of another',
      () => evidenceOf([plain()], {}, new Stage().die('r1.1:a', 30_000, 'r1.1')),
    ],
    [
      'nothing is written after a death',
      'an outcome of a dead runner',
      () => {
        const story = job().call(1, 5).wait(100).mark().wait(11_100);
        return evidenceOf([story.succeed()], {}, Stage.crash(1_200));
      },
    ],
    [
      'nothing is written after a death',
      'a mark of a dead runner, written under the row guard',
      () => {
        const stage = new Stage().die('r1.1:a', 12_000, 'r2.1', 1_500);
        return evidenceOf([job(12_500).mark().call(1, 5).wait(10).succeed()], {}, stage);
      },
    ],
    [
      'nothing is written after a death',
      'a partition that a dead runner gives up',
      () => {
        const stage = new Stage().die('r1.1:a', 30_000, 'r2.1').own(undefined, 30_001, { by: 'r1.1' });
        return evidenceOf([plain()], {}, stage);
      },
    ],
    [
      'only its owner or the runner it names writes a job',
      'an outcome of a runner that gave the partition up without a mark',
      () => {
        const stage = new Stage().own(undefined, 1_100, { by: 'r1.1' });
        return evidenceOf([job().call(1, 500).wait(500).succeed()], {}, stage);
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
        const stage = Stage.crash(1_200).join('r3.1:c', 2).own('r3.1:c', 3, { partition: 4 });
        const story = job().call(1, 60).wait(100).mark().wait(12_000).as('r3.1:c').recover().as('r2.1:b');
        return evidenceOf([story.call(1, 5).wait(10).succeed()], {}, stage);
      },
    ],
    [
      'only its owner or the runner it names calls a job',
      'a call by a runner that does not own the partition',
      () => {
        const stage = new Stage().join('r2.1:b', 2).own('r2.1:b', 3, { partition: 4 });
        return evidenceOf([job().as('r2.1:b').call(1, 5).wait(10).as('r1.1:a').succeed()], {}, stage);
      },
    ],
    [
      'only its owner or the runner it names calls a job',
      'a call after the partition was given up',
      () => evidenceOf([job().wait(500).call(1, 5)], {}, new Stage().own(undefined, 1_100, { by: 'r1.1' })),
    ],
    [
      'only its owner or the runner it names calls a job',
      'a call by a paused runner whose partition was taken',
      () => {
        const story = job().wait(12_000).as('r2.1:b').call(1, 5).wait(10).succeed().wait(500);
        return evidenceOf([story.as('r1.1:a').call(1, 5)], {}, Stage.crash(1_200));
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
        const stage = new Stage().join('r2.1:b', 2).own(undefined, 1_100, { by: 'r1.1' }).own('r2.1:b', 1_200);
        return evidenceOf([job().call(1, 5).wait(300).as('r2.1:b').call(1, 5).wait(10).succeed()], {}, stage);
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
        const stage = new Stage().join('r2.1:b', 2).own(undefined, 1_012, { by: 'r1.1' }).own('r2.1:b', 1_013);
        return evidenceOf([job().call(1, 5).wait(10).as('r2.1:b').succeed()], {}, stage);
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
      'a failure that runs again unasked',
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
        const story = job();
        for (const attempt of [1, 2, 3]) story.call(attempt, 5).wait(10).retry();
        return evidenceOf([story.call(4, 5).wait(10).succeed()]);
      },
    ],
    [
      'at most 1 + max_retries attempts',
      'attempts that are not counted',
      () => {
        const story = job();
        // Two outcomes for one number: the row lost a retry.
        for (const n of [1, 2, 3]) story.call(n, 5).wait(10).retry();
        return evidenceOf([story.write({ retries: 2 }).call(3, 5).wait(10).succeed()]);
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
        const stories = ['job:a', 'job:b'].map((name) => {
          const story = new Story(name).write({ rescues: 2 }).mark().call(1, 5).wait(12_000).as('r2.1:b');
          return story.fail('runner_lost', { rescues: 3 });
        });
        return evidenceOf(stories, {}, Stage.crash(1_200));
      },
    ],
    ['at most two batches are called and unwritten', 'one job more', () => evidenceOf(calledAtOnce(517))],
    [
      'at most two batches are called and unwritten',
      'two batches that were answered before there was want of a beat, and two others',
      () => doubted((story) => story.call(1, 5).wait(20_000).succeed()),
    ],
    [
      'one effect for each run',
      'an effect twice',
      () => evidenceOf([plain()], { effects: [1, 2].map(() => ({ job: 'job:a', key: 'job:a' })) }),
    ],
    ['one effect for each run', 'success without an effect', () => evidenceOf([plain()], { effects: [] })],
    [
      'one effect for each run',
      'a key of a run that never was',
      () => evidenceOf([job().call(1, 5, 'job:a:1').wait(10).succeed()]),
    ],
    [
      'owners’ requests are honoured',
      'an acknowledged request without a trace',
      () => evidenceOf([plain()], request('cancel')),
    ],
    [
      'owners’ requests are honoured',
      'a cancel dropped from a job that goes on',
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
        const story = job().call(1, 5).ask('cancel').retry('backend_unreachable');
        return evidenceOf([story.wait(2_000).call(2, 5).wait(10).fail('backend_unreachable').clear()], stuck);
      },
    ],
    [
      'owners’ requests are honoured',
      'a stuck job that went on in spite of a cancel',
      () => evidenceOf([job().call(1, 5).ask('cancel').succeed().clear()], stuck),
    ],
  ];

  it.each(unlawful)("is reported under '%s': %s", (name, _, evidence) => {
    expect(broken(evidence())).toContain(name);
  });

  it('has an example for every invariant', () => {
    expect(new Set(unlawful.map(([name]) => name))).toEqual(new Set(Object.keys(INVARIANTS)));
  });
});

it('reads the run of a job from its idempotency key', () => {
  expect(rerunOf('job:a', 'job:a')).toBe(0);
  expect(rerunOf('job:a', 'job:a:2')).toBe(2);
  for (const key of ['job:b', 'job:a:', 'job:a:0', 'job:a:x', 'job:a1']) expect(rerunOf('job:a', key)).toBeUndefined();
});
