import type { Random } from '../../../../gateway/src/testing/random.ts';
import type { RecordId } from '../../index.ts';

/** A thread as a query of the story shows it. */
export interface Row {
  readonly id: RecordId<'thread'>;
  readonly title: string;
  readonly comments: readonly { readonly content: string }[];
  readonly jobs: readonly { readonly id: RecordId }[];
}

interface Thread {
  readonly id: RecordId<'thread'>;
  /** The titles that were written, in the order of the writes. */
  readonly titles: string[];
  readonly comments: string[];
  /** Comments that were written directly. Without an answer it is not known whether they were made. */
  readonly direct: string[];
  readonly jobs: RecordId[];
  isDeleted: boolean;
  /** Somebody else has written too: conflicts are possible, and the titles are not compared. */
  isContested: boolean;
}

/** What the threads of a story must look like. */
export class ThreadModel {
  readonly #threads = new Map<string, Thread>();
  readonly #refused = new Set<string>();
  readonly #saved = new Map<string, Set<string>>();
  /**
   * What each tab must show at least of each thread, as a position in its titles: the last title that it has written or
   * shown.
   */
  readonly #seen = new Map<string, number>();

  any({ pick }: Random): RecordId<'thread'> | undefined {
    const alive = [...this.#threads.values()].filter(({ isDeleted }) => !isDeleted);
    return alive.length === 0 ? undefined : pick(alive).id;
  }

  created(tab: string, id: RecordId<'thread'>, title: string): void {
    const thread = { id, titles: [title], comments: [], direct: [], jobs: [], isDeleted: false, isContested: false };
    this.#threads.set(String(id), thread);
    this.#seen.set(`${tab} ${id}`, 0);
  }

  titled(tab: string, id: RecordId<'thread'>, title: string): void {
    const { titles } = this.#of(id);
    this.#seen.set(`${tab} ${id}`, titles.push(title) - 1);
  }

  commented(id: RecordId<'thread'>, content: string): void {
    this.#of(id).comments.push(content);
  }

  /** A direct comment is under way. If it is made, `commented` follows. */
  commenting(id: RecordId<'thread'>, content: string): void {
    this.#of(id).direct.push(content);
  }

  ran(id: RecordId<'thread'>, job: RecordId): void {
    this.#of(id).jobs.push(job);
  }

  deleted(id: RecordId<'thread'>): void {
    this.#of(id).isDeleted = true;
  }

  contested(id: RecordId<'thread'>): void {
    this.#of(id).isContested = true;
  }

  refused(id: RecordId<'thread'>): void {
    this.#refused.add(String(id));
  }

  saved(record: string, value: string): void {
    const values = this.#saved.get(record) ?? new Set();
    this.#saved.set(record, values.add(value));
  }

  /** A tab starts: everything that this browser has stored must be in what it shows first. */
  opened(tab: string): void {
    for (const [key, { titles }] of this.#threads) this.#seen.set(`${tab} ${key}`, titles.length - 1);
  }

  /** What is wrong with a state of a tab. */
  *problemsOf(tab: string, rows: readonly Row[]): Iterable<string> {
    const shown = new Map(rows.map((row) => [String(row.id), row]));
    if (shown.size !== rows.length) yield 'a row is shown twice';
    for (const [key, { titles, isDeleted, isContested }] of this.#threads) {
      const row = shown.get(key);
      const place = `${tab} ${key}`;
      const seen = this.#seen.get(place);
      if (isContested) continue;
      if (row === undefined) {
        if (!isDeleted && seen !== undefined) yield `${key} is not shown`;
        continue;
      }
      // The database removes the space at the end of a title.
      const at = titles.indexOf(row.title.trim());
      if (at === -1) yield `${key} has the title ${row.title}, which nobody has written`;
      if (at < (seen ?? 0)) yield `${key} shows ${row.title} after ${titles[seen ?? 0]}`;
      this.#seen.set(place, at);
    }
    for (const key of shown.keys()) {
      if (!this.#threads.has(key) && !this.#refused.has(key) && !key.startsWith('thread:r')) yield `${key} is nobody's`;
    }
  }

  *problemsOfTray(failed: readonly (readonly [id: string, code: string])[]): Iterable<string> {
    const refused = failed.filter(([id]) => this.#refused.has(id));
    if (refused.length !== this.#refused.size)
      yield `the tray has ${refused.length} of ${this.#refused.size} refused threads`;
    const blocked = failed.filter(([, code]) => code === 'SPOOKY_CLIENT_BLOCKED');
    if (blocked.length !== this.#refused.size)
      yield `the tray has ${blocked.length} of ${this.#refused.size} blocked comments`;
    for (const [id, code] of failed) {
      const thread = this.#threads.get(id);
      if (thread !== undefined && !thread.isContested && !thread.isDeleted) yield `${id} was refused with ${code}`;
    }
  }

  /** Each write has had one effect, in order. Values that were replaced before they were sent may be missing. */
  *problemsOfHistory(history: readonly { readonly record: RecordId; readonly value: string }[]): Iterable<string> {
    for (const [key, { titles, comments: shown, direct }] of this.#threads) {
      const comments = [...new Set([...shown, ...direct])];
      const written = history.filter(({ record }) => String(record) === key).map(({ value }) => value);
      for (const values of [titles, comments]) {
        const places = written.map((value) => values.indexOf(value)).filter((place) => place !== -1);
        if (new Set(places).size !== places.length) yield `a write of ${key} had two effects: ${written}`;
        const isEarly = written.findIndex((value) => comments.includes(value)) === 0;
        if (isEarly) yield `a comment of ${key} was written before it: ${written}`;
        if (values === titles && places.some((place, at) => at > 0 && place < (places[at - 1] ?? 0))) {
          yield `the writes of ${key} were reordered: ${written}`;
        }
      }
    }
  }

  /** Nothing is lost. */
  *problemsOfRows(rows: readonly Row[]): Iterable<string> {
    const stored = new Map(rows.map((row) => [String(row.id), row]));
    for (const [key, { titles, comments, direct, jobs, isDeleted, isContested }] of this.#threads) {
      const row = stored.get(key);
      if (isContested) continue;
      if (isDeleted) {
        if (row !== undefined) yield `${key} was deleted and exists`;
        continue;
      }
      if (row === undefined) {
        yield `${key} is lost`;
        continue;
      }
      if (row.title !== titles.at(-1)) yield `${key} has the title ${row.title} instead of ${titles.at(-1)}`;
      const missing = comments.filter((content) => !row.comments.some((comment) => comment.content === content));
      const unanswered = direct.filter((content) => !comments.includes(content));
      const others = row.comments.filter(({ content }) => !unanswered.includes(content));
      if (missing.length > 0 || others.length !== comments.length)
        yield `${key} has lost or doubled comments: ${missing}`;
      if (row.jobs.length !== jobs.length) yield `${key} has ${row.jobs.length} instead of ${jobs.length} jobs`;
    }
  }

  #of(id: RecordId): Thread {
    const thread = this.#threads.get(String(id));
    if (thread === undefined) throw new RangeError(`There is no thread ${id}.`);
    return thread;
  }
}
