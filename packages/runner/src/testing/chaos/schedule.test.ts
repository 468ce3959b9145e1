import { expect, it } from 'vitest';
import { behaviourOf, characterOf } from './behaviour.ts';
import { choose, draws } from './random.ts';
import { scheduleOf } from './schedule.ts';

const storm = { jobs: 10_000, kills: 200 };
const jobs = Array.from({ length: 10_000 }, (_, number) => `job:j${number}`);

it('gives the same kills for the same seed, and others for another', () => {
  expect(scheduleOf(7, storm)).toEqual(scheduleOf(7, storm));
  expect(scheduleOf(7, storm)).not.toEqual(scheduleOf(8, storm));
});

it('kills every kind of process, and never before something happened', () => {
  const kills = scheduleOf(7, storm);
  expect(kills).toHaveLength(200);
  expect(new Set(kills.map(({ target }) => target))).toEqual(new Set(['runner', 'backend', 'database']));
  for (const { which, afterCalls, orAfterMs } of kills) {
    expect(which).toBeLessThan(1);
    expect(afterCalls).toBeGreaterThan(0);
    expect(orAfterMs).toBeGreaterThan(0);
  }
});

it('spreads its pauses evenly, and changes nothing else', () => {
  const targets = scheduleOf(7, { ...storm, pauses: 4 }).map(({ target }) => target);
  expect(targets.flatMap((target, index) => (target === 'pause' ? [index + 1] : []))).toEqual([50, 100, 150, 200]);
  const without = scheduleOf(7, storm).map(({ target }) => target);
  expect(targets.filter((target) => target !== 'pause')).toEqual(without.filter((_, index) => (index + 1) % 50 !== 0));
});

it('meets each call with the same behaviour in every run, and uses every behaviour', () => {
  const meet = (seed: number) => jobs.map((job) => behaviourOf(seed, job, 0, 1));
  expect(meet(7)).toEqual(meet(7));
  expect(meet(7)).not.toEqual(meet(8));
  expect(new Set(meet(7).map(({ kind }) => kind))).toEqual(new Set(['answer', 'busy', 'hang', 'reset', 'answer-lost']));
  const statuses = meet(7).flatMap((met) => (met.kind === 'answer' ? [met.status] : []));
  expect(new Set(statuses)).toEqual(new Set([200, 422, 500, 503]));
  const characters = new Set(jobs.map((job) => characterOf(7, job)));
  expect(characters).toEqual(new Set(['ordinary', 'stuck', 'declined', 'unwanted']));
});

it('draws evenly, and independently for each purpose', () => {
  const draw = draws(7, 'a');
  const numbers = Array.from({ length: 10_000 }, draw);
  for (const tenth of Array.from({ length: 10 }, (_, n) => n / 10)) {
    const within = numbers.filter((number) => number >= tenth && number < tenth + 0.1);
    expect(within.length).toBeGreaterThan(850);
    expect(within.length).toBeLessThan(1_150);
  }
  expect(draws(7, 'b')()).not.toBe(draws(7, 'a')());
  expect(() => choose(draws(7, 'c'), {})).toThrow(RangeError);
});
