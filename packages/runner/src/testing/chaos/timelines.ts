import type { Call, Change, PartitionVersion, Row, RunnerVersion, Version } from './evidence.ts';
import { processOf } from './lifetimes.ts';

/** The partition of every job in these histories. */
export const PARTITION = 3;

type Fields = { [Key in keyof Version]?: Version[Key] | undefined };

/**
 * Builds the history of one job, write by write, by one runner at a time. Each write changes only the fields that it
 * names.
 */
export class JobTimeline {
  readonly versions: Version[] = [];
  readonly calls: Call[] = [];
  readonly job: string;
  #now: number;
  #runner = 'r1.1:a';

  constructor(job: string, now = 1_000) {
    this.job = job;
    this.#now = now;
    const fields = { status: 'pending', retries: 0, rescues: 0, reruns: 0, codes: [], partition: PARTITION };
    this.write({ event: 'CREATE', by: undefined, ...fields });
  }

  /** Sets the runner that calls and writes from now on. */
  as(runner: string): this {
    this.#runner = runner;
    return this;
  }

  wait(ms: number): this {
    this.#now += ms;
    return this;
  }

  write(change: Fields): this {
    const next = {
      ...this.versions.at(-1),
      event: 'UPDATE' satisfies Change,
      by: processOf(this.#runner),
      ...change,
      job: this.job,
      at: this.#now,
    };
    const defined = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
    this.versions.push(defined as unknown as Version);
    return this.wait(10);
  }

  call(attempt: number, ms: number, key = this.job): this {
    const process = processOf(this.#runner);
    this.calls.push({ job: this.job, key, attempt, process, from: this.#now, until: this.#now + ms });
    return this;
  }

  mark(): this {
    return this.write({ status: 'processing', runner: this.#runner });
  }

  ask(request: 'cancel' | 'retry'): this {
    return this.write({ request, by: undefined });
  }

  clear(): this {
    return this.write({ request: undefined });
  }

  succeed(result = '{}'): this {
    return this.write({ status: 'success', runner: undefined, result });
  }

  retry(code = 'http_500'): this {
    const { retries, codes } = this.#last;
    const counts = { retries: retries + 1, rescues: 0, codes: [...codes, code] };
    return this.write({ status: 'pending', runner: undefined, ...counts });
  }

  fail(code: string, change: Fields = {}): this {
    return this.write({ status: 'failed', runner: undefined, codes: [...this.#last.codes, code], ...change });
  }

  release(): this {
    return this.write({ status: 'pending', runner: undefined });
  }

  recover(): this {
    return this.write({ status: 'pending', runner: undefined, rescues: this.#last.rescues + 1 });
  }

  rerun(): this {
    const counts = { reruns: this.#last.reruns + 1, retries: 0, rescues: 0 };
    return this.write({ status: 'pending', ...counts, request: undefined });
  }

  row(change: Partial<Row> = {}): Row {
    const { job, status, retries, rescues, reruns, request, runner } = this.#last;
    const row = { job, status, retries, rescues, reruns, request, runner, maxRetries: 2, ...change };
    return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as unknown as Row;
  }

  get now(): number {
    return this.#now;
  }

  get #last(): Version {
    const last = this.versions.at(-1);
    if (last === undefined) throw new Error('the timeline has no write yet');
    return last;
  }
}

const BEAT_MS = 2_000;
const LONG_MS = 200_000;

/** Builds the history of runners and partitions. At first `r1.1:a` lives and owns the partition of the jobs. */
export class OwnershipTimeline {
  readonly runners = new Map<string, RunnerVersion[]>();
  readonly partitions = new Map<number, PartitionVersion[]>();

  constructor() {
    this.join('r1.1:a', 0).own('r1.1:a', 1);
  }

  /** Registers a runner that beats until `until`. */
  join(runner: string, at: number, until = at + LONG_MS): this {
    const by = processOf(runner);
    const versions: RunnerVersion[] = [{ runner, at, by, event: 'CREATE', alive: true }];
    for (let beat = at + BEAT_MS; beat < until; beat += BEAT_MS) {
      versions.push({ runner, at: beat, by, event: 'UPDATE', alive: true });
    }
    this.runners.set(runner, versions);
    return this;
  }

  /** Declares a runner dead that has not beaten since `silentSince`. */
  die(runner: string, at: number, by: string, silentSince = at - 10_001): this {
    const versions = (this.runners.get(runner) ?? []).filter(
      ({ at, event }) => event === 'CREATE' || at <= silentSince,
    );
    this.runners.set(runner, [...versions, { runner, at, by, event: 'UPDATE', alive: false }]);
    return this;
  }

  /** Gives a partition to an owner, who takes it itself by default; with `undefined`, to none. */
  own(owner: string | undefined, at: number, { by = owner && processOf(owner), partition = PARTITION } = {}): this {
    const versions = this.partitions.get(partition) ?? [];
    const event: Change = versions.length === 0 ? 'CREATE' : 'UPDATE';
    const version = { partition, at, event, ...(by !== undefined && { by }), ...(owner !== undefined && { owner }) };
    this.partitions.set(partition, [...versions, version]);
    return this;
  }

  /** `r1.1:a` falls silent at `at`; ten seconds later `r2.1:b`, which has lived for long, takes its partition. */
  static crash(at: number): OwnershipTimeline {
    const dead = at + 11_000;
    return new OwnershipTimeline()
      .join('r2.1:b', 2)
      .die('r1.1:a', dead, 'r2.1', at)
      .own('r2.1:b', dead + 10);
  }
}
