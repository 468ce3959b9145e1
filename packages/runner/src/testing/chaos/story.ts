import type { Call, Row, Version } from './evidence.ts';

/** One job's life, told write by write; each write changes only what it names. */
export class Story {
  readonly versions: Version[] = [];
  readonly calls: Call[] = [];
  readonly job: string;
  #now = 1_000;

  constructor(job: string) {
    this.job = job;
    this.write({ event: 'CREATE', status: 'pending', retries: 0, rescues: 0, reruns: 0, codes: [] });
  }

  wait(ms: number): this {
    this.#now += ms;
    return this;
  }

  write(change: Change): this {
    const last = this.versions.at(-1);
    const next = {
      event: 'UPDATE',
      ...last,
      ...(last && { event: 'UPDATE' }),
      job: this.job,
      ...change,
      at: this.#now,
    };
    const defined = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
    this.versions.push(defined as unknown as Version);
    return this.wait(10);
  }

  claim(token: string, runner = 'r1.1:a'): this {
    return this.write({ status: 'processing', token, runner, leaseUntil: this.#now + 15_000 });
  }

  renew(): this {
    return this.write({ leaseUntil: this.#now + 15_000 });
  }

  call(attempt: number, ms: number, key = this.job): this {
    this.calls.push({ job: this.job, key, attempt, from: this.#now, until: this.#now + ms });
    return this;
  }

  /** What ends a claim. */
  drop(change: Change): this {
    return this.write({ token: undefined, runner: undefined, leaseUntil: undefined, ...change });
  }

  succeed(result = '{}'): this {
    return this.drop({ status: 'success', result });
  }

  retry(code = 'http_500'): this {
    const { retries, codes } = this.#last;
    return this.drop({ status: 'pending', retries: retries + 1, codes: [...codes, code] });
  }

  fail(code: string, change: Change = {}): this {
    return this.drop({ status: 'failed', codes: [...this.#last.codes, code], ...change });
  }

  rescue(): this {
    return this.drop({ status: 'pending', rescues: this.#last.rescues + 1 });
  }

  rerun(): this {
    return this.write({ status: 'pending', reruns: this.#last.reruns + 1, retries: 0, rescues: 0, request: undefined });
  }

  row(change: Partial<Row> = {}): Row {
    const { job, status, retries, rescues, reruns, request, token } = this.#last;
    const row = { job, status, retries, rescues, reruns, request, token, maxRetries: 2, ...change };
    return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as unknown as Row;
  }

  get #last(): Version {
    const last = this.versions.at(-1);
    if (last === undefined) throw new Error('the story has not begun');
    return last;
  }
}

type Change = { [Key in keyof Version]?: Version[Key] | undefined };
