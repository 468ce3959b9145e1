/*
 * Rounds. In a round, a gateway reads the changes and brings the views up to date that they affect. Most rounds are quick:
 * one request. The others are a transaction of several requests.
 *
 *   idle ──written · woken · timer──▶ pausing ──pause is over──▶ round ──▶ idle
 *                                                                 │ conflict: the same round again, after a jitter
 *                                                                 └ database away: again after a pause; tabs keep their state
 *
 *   quick:  read inbox and rows, write position, in one statement ─▶ the handler shows them ─▶ publish
 *                                                                └─ it must read: a transaction instead
 *   transaction:
 *           begin ─▶ read batches and inbox ─▶ the handler reads its views ─▶ write batch and position ─▶ commit ─▶ publish
 *                                                                  └─ nothing to show: cancel ─▶ publish
 *
 * A round is published only after its commit is acknowledged. Data that was read without a commit can be lost if the
 * database process dies, so only rounds that show nothing new skip the commit.
 */
import { randomUUID } from 'node:crypto';
import { awaitWrites, type Transaction } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import { commitOrCancel, isConflict } from './commit-or-cancel.ts';
import { type Ledger, moveAt, type Step, type StepOptions, step, takeOverAt } from './ledger.ts';
import type { Rounds, RoundsOptions } from './options.ts';
import { readChanges, readQuickly } from './read-changes.ts';
import type { RoundResult } from './round-handler.ts';
import { createRoundThrottle } from './round-throttle.ts';
import { checkOf, ulidMs, writeOf } from './statements.ts';
import { trimBatches } from './trim-batches.ts';

const AWAY_PAUSE_MS = 100;
const CONFLICT_JITTER_MS = 10;

export function createRounds(options: RoundsOptions): Rounds {
  const { link, id, handler, limits, clock, random, logger, meters } = options;
  const stopping = new AbortController();
  const throttle = createRoundThrottle(limits);
  let ledger: Ledger | undefined;
  let loop: Promise<void> = Promise.resolve();
  let begun = 0;
  let conflicts = 0;
  /**
   * The database's time at the last round; then our time at the last full scan, the last write of this gateway's row
   * and the last trim.
   */
  let databaseMs = 0;
  let scannedAt = Number.NEGATIVE_INFINITY;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let trimmedAt = Number.NEGATIVE_INFINITY;
  /** The engine time that the current round has used so far, including attempts that lost a conflict. */
  let engineMs = 0;
  let scans = 0;
  /** How often `lookBack` was called, and before how many of these calls the last published round began. */
  let looksBack = 0;
  let lookedBack = 0;
  let isLeader = false;
  let isAway = false;
  /** What the loop does next. */
  let need: 'nothing' | 'check' | 'round' = 'round';
  let wakeUp: () => void = () => undefined;

  function request(what: 'check' | 'round'): void {
    if (need !== 'round') need = what;
    wakeUp();
  }

  function scan(): void {
    scans += 1;
    scannedAt = Number.NEGATIVE_INFINITY;
    request('round');
  }

  function lookBack(): void {
    looksBack += 1;
    request('round');
  }

  /**
   * A round's own commit wakes no other round: it is sent on the link that waits for the write signal, which reports
   * other connections' writes only.
   */
  function wakeOnWrites(): void {
    void awaitWrites({
      link,
      clock,
      signal: stopping.signal,
      pollMs: limits.pollMs,
      retryMs: AWAY_PAUSE_MS,
      onWrite: () => request('round'),
      onUnknown: () => request('check'),
    });
  }

  /** When the next round is due that reads the whole inbox. */
  function wholeAt(): number {
    const takeOver = ledger && !isLeader ? takeOverAt(ledger, limits.takeOverMs) : undefined;
    return Math.min(scannedAt + limits.fullScanMs, takeOver ?? Number.POSITIVE_INFINITY);
  }

  /** When entries must be moved that were shown. */
  function moveDueAt(): number {
    return (ledger && moveAt(ledger, id, limits)) ?? Number.POSITIVE_INFINITY;
  }

  /** When the next round is due even if nothing wakes the loop. */
  function dueAt(): number {
    return Math.min(wholeAt(), moveDueAt());
  }

  /** Resolves when there is something to do. */
  async function untilRequested(): Promise<void> {
    if (need !== 'nothing') return;
    const timer = new AbortController();
    const woken = new Promise<void>((resolve) => {
      wakeUp = resolve;
    });
    const stop = (): void => wakeUp();
    stopping.signal.addEventListener('abort', stop);
    await Promise.race([woken, clock.pause(Math.max(0, dueAt() - clock.now()) + 1, timer.signal)]);
    stopping.signal.removeEventListener('abort', stop);
    timer.abort();
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await untilRequested();
      if (stopping.signal.aborted) return;
      const requested = need;
      need = 'nothing';
      engineMs = 0;
      try {
        if (requested === 'check' && dueAt() > clock.now() && !(await isAnythingNew())) continue;
        await round();
        if (isAway) logger.info('views are up to date again');
        isAway = false;
        await trimIfDue();
      } catch (err) {
        if (stopping.signal.aborted) return;
        report(err);
        need = 'round';
        await clock.pause(AWAY_PAUSE_MS, stopping.signal);
      }
      const pauseMs = throttle.pauseMs(clock.now(), engineMs);
      if (pauseMs > 0) await clock.pause(pauseMs, stopping.signal);
    }
  }

  async function isAnythingNew(): Promise<boolean> {
    if (ledger === undefined) return true;
    const [batches, entries] = await link.queryAll<[unknown[], RecordId[]]>(
      checkOf(ledger.position, databaseMs - limits.recentMs),
    );
    const { seen } = ledger;
    return batches.length > 0 || entries.some((entry) => !seen.has(String(entry.id)));
  }

  async function round(): Promise<void> {
    begun += 1;
    const beganAt = clock.now();
    for (;;) {
      try {
        const isCommitted = await attempt(begun);
        meters?.round(isCommitted ? 'committed' : 'cancelled', clock.now() - beganAt, engineMs);
        return;
      } catch (error) {
        if (!isConflict(error)) {
          meters?.round('failed', clock.now() - beganAt, engineMs);
          throw error;
        }
        conflicts += 1;
        meters?.conflict();
        await clock.pause(random() * CONFLICT_JITTER_MS, stopping.signal);
        if (stopping.signal.aborted) throw error;
      }
    }
  }

  /** Returns whether it was committed. */
  async function attempt(number: number): Promise<boolean> {
    const now = clock.now();
    const asked = looksBack;
    const isAsked = asked > lookedBack;
    if (ledger !== undefined && now < dueAt() && !handler.mustRead(number)) {
      const attempted = await attemptQuickly(number, ledger, now, isAsked);
      if (attempted !== undefined) return publish(attempted, asked);
    }
    return publish(await attemptInTransaction(number, now, isAsked), asked);
  }

  /**
   * Without a transaction. Entries stay in the inbox for now.
   *
   * @param isAsked whether it also reads entries that are not recent
   * @returns undefined if that is not possible; then nothing has changed
   */
  async function attemptQuickly(
    number: number,
    from: Ledger,
    now: number,
    isAsked: boolean,
  ): Promise<Attempt | undefined> {
    const since = isAsked ? 0 : databaseMs - limits.recentMs;
    const snapshot = await readQuickly(link, id, from, since, isStale(now), onRan);
    if (snapshot === undefined) return undefined;
    const taken = step(from, snapshot.reading, stepOptions({ now, mayMove: false }));
    const { position } = taken.ledger;
    const { rows } = snapshot;
    const changes = { round: number, position, ids: taken.changes, isWhole: false, hasLate: hasLate(taken), rows };
    const result = handler.show(changes);
    if (result === undefined) return undefined;
    const { clockMs, isWritten: isCommitted } = snapshot;
    // Views change only because of entries or batches, and then the row was written.
    if (result.mustCommit && !isCommitted) return undefined;
    return { result, ledger: taken.ledger, clockMs, changedAt: changedAt(taken, clockMs, now), isCommitted, now };
  }

  async function attemptInTransaction(number: number, now: number, isAsked: boolean): Promise<Attempt> {
    const isWhole = isAsked || now >= wholeAt();
    const scansBefore = scans;
    let attempted: Omit<Attempt, 'isCommitted'> | undefined;
    const readAndWrite = async (transaction: Transaction): Promise<boolean> => {
      const since = isWhole ? undefined : databaseMs - limits.recentMs;
      const askedAt = clock.now();
      const snapshot = await readChanges(transaction, ledger, since, limits.idsShown);
      const mark = randomUUID();
      const taken = step(snapshot.ledger, snapshot.reading, stepOptions({ mark, now, mayMove: true }));
      const ids = snapshot.isNew ? 'reset' : taken.changes;
      const { position } = taken.ledger;
      // Both run at once, since neither reads what the other writes. Each answer that is awaited costs the round a
      // round trip.
      const own = writeOf(id, position, taken.batch, mark);
      const write = (): Promise<unknown> => transaction.queryAll(own.text, own.bindings);
      const isWritten = taken.batch !== undefined || isStale(now);
      const changes = { round: number, position, ids, isWhole, hasLate: hasLate(taken), rows: snapshot.rows };
      const [result] = await Promise.all([handler.read(transaction, changes), isWritten && write()]);
      const { clockMs } = snapshot;
      const scan = { isWhole, hasMore: taken.hasMore, scansBefore };
      attempted = { result, ledger: taken.ledger, clockMs, changedAt: changedAt(taken, clockMs, askedAt), scan, now };
      if (!isWritten && !result.mustCommit) return false;
      if (!isWritten) await write();
      return true;
    };
    const isCommitted = await commitOrCancel(link, (transaction) =>
      readAndWrite(transaction).finally(() => onRan(transaction.engineMs)),
    );
    if (attempted === undefined) throw new TypeError('a round has ended without a result');
    return { ...attempted, isCommitted };
  }

  /**
   * The round is over: nothing that it read can be lost.
   *
   * @param asked how often `lookBack` had been called when it began
   */
  function publish(
    { result, clockMs, changedAt: at, isCommitted, scan: own, now, ...attempted }: Attempt,
    asked: number,
  ): boolean {
    ledger = attempted.ledger;
    lookedBack = asked;
    databaseMs = clockMs;
    isLeader = ledger.lastBy === id;
    // The entry may be older than the recent part of the inbox by the next round, so the next round scans all of it.
    if (own?.hasMore) scan();
    // If `scan` was called during this round, a full scan is still due.
    if (own?.isWhole && scans === own.scansBefore) scannedAt = now;
    if (isCommitted) writtenAt = now;
    result.publish();
    if (own?.isWhole) meters?.fullScan();
    if (at !== undefined) meters?.delivered(clock.now() - at);
    return isCommitted;
  }

  function onRan(ms: number): void {
    engineMs += ms;
  }

  /** Whether an entry is older than what the last round read of the inbox, unless that round read all of it. */
  function hasLate({ oldest }: Step): boolean {
    return oldest !== undefined && (ulidMs(oldest) ?? 0) < databaseMs - limits.recentMs;
  }

  /** Whether this gateway's row must be written, so that it counts as running. */
  function isStale(now: number): boolean {
    return now - writtenAt >= limits.batchKeepMs / 4;
  }

  function stepOptions(options: {
    readonly now: number;
    readonly mayMove: boolean;
    readonly mark?: string;
  }): StepOptions {
    const { takeOverMs, idsPerRound, resetIds, idsShown } = limits;
    return { me: id, mark: '', takeOverMs, batchIds: idsPerRound, resetIds, seenMax: 2 * idsShown, ...options };
  }

  async function trimIfDue(): Promise<void> {
    const now = clock.now();
    if (!isLeader || now - trimmedAt < limits.batchKeepMs / 4) return;
    trimmedAt = now;
    await trimBatches(link, limits.batchKeepMs).catch((err: unknown) =>
      logger.warn({ err }, 'old change batches could not be removed'),
    );
  }

  function report(err: unknown): void {
    if (!isAway) logger.warn({ err }, 'views are not up to date, because the database could not be read; trying again');
    isAway = true;
  }

  return {
    start() {
      if (begun > 0 || stopping.signal.aborted) return;
      wakeOnWrites();
      loop = run();
    },
    async stop() {
      stopping.abort();
      await loop;
    },
    wake: () => request('round'),
    scan,
    lookBack,
    next: () => begun + 1,
    get stats() {
      return { rounds: begun, conflicts, position: ledger?.position ?? 0 };
    },
  };
}

/** When the oldest change of a step was written, on this gateway's clock. */
function changedAt({ oldest = '' }: Step, clockMs: number, askedAt: number): number | undefined {
  const oldestMs = ulidMs(oldest);
  // Both times are the database's, so no clocks are compared. The age counts from before the database was asked.
  return oldestMs === undefined ? undefined : askedAt - Math.max(0, clockMs - oldestMs);
}

/** A round that can be published. */
interface Attempt {
  readonly result: RoundResult;
  readonly ledger: Ledger;
  readonly clockMs: number;
  /** When the oldest new change was written, on this gateway's clock; undefined if there is none. */
  readonly changedAt: number | undefined;
  readonly isCommitted: boolean;
  /** When it began, on this gateway's clock. */
  readonly now: number;
  /** What it read of the inbox; undefined for a quick round. */
  readonly scan?: {
    readonly isWhole: boolean;
    /** Whether entries stay in the inbox for this gateway's next batch. */
    readonly hasMore: boolean;
    /** How often a full scan had been asked for when it began. */
    readonly scansBefore: number;
  };
}
