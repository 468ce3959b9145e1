/*
 * Rounds: each is one transaction in which a gateway reads what changed and what it shows.
 *
 *   idle ──written · woken · timer──▶ resting ──rest is over──▶ round ──▶ idle
 *                                                                 │ conflict: the same round again, after a jitter
 *                                                                 └ database away: after a pause; tabs keep what they have
 *
 *   round:  begin ─▶ read batches and inbox ─▶ the audience reads its views ─▶ write batch and place ─▶ commit ─▶ publish
 *                                                                          └─ nothing to show: cancel ─▶ publish
 *
 * Nothing is published before the commit was acknowledged. What was read without a commit may be lost with the database's
 * process, so only rounds that show nothing new do without one.
 */
import { randomUUID } from 'node:crypto';
import { awaitWrites, type Transaction } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import type { Shown } from './audience.ts';
import { commitOrCancel, isConflict } from './commit-or-cancel.ts';
import { type Ledger, step, takeOverAt } from './ledger.ts';
import type { Rounds, RoundsOptions } from './options.ts';
import { readChanges } from './reading.ts';
import { createRest } from './rest.ts';
import { glanceOf, writeOf } from './statements.ts';
import { trim } from './trim.ts';

const AWAY_PAUSE_MS = 100;
const CONFLICT_JITTER_MS = 10;

export function createRounds(options: RoundsOptions): Rounds {
  const { link, id, audience, limits, clock, random, logger } = options;
  const stopping = new AbortController();
  const rest = createRest(limits);
  let ledger: Ledger | undefined;
  let loop: Promise<void> = Promise.resolve();
  let begun = 0;
  let conflicts = 0;
  /** The database's clock at the last round, and ours at the last full scan, own row and trim. */
  let databaseMs = 0;
  let scannedAt = Number.NEGATIVE_INFINITY;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let trimmedAt = Number.NEGATIVE_INFINITY;
  /** What the round under way took of the engine so far, with the attempts that lost. */
  let engineMs = 0;
  let scans = 0;
  let isMaker = false;
  let isAway = false;
  /** What the next turn of the loop has to do. */
  let need: 'nothing' | 'glance' | 'round' = 'round';
  let wakeUp: () => void = () => undefined;

  function ask(what: 'glance' | 'round'): void {
    if (need !== 'round') need = what;
    wakeUp();
  }

  function scan(): void {
    scans += 1;
    scannedAt = Number.NEGATIVE_INFINITY;
    ask('round');
  }

  /** A commit of a round causes no other one: it is sent on the link that waits, and so is no news to it. */
  function wakeOnWrites(): void {
    void awaitWrites({
      link,
      clock,
      signal: stopping.signal,
      pollMs: limits.pollMs,
      retryMs: AWAY_PAUSE_MS,
      onWrite: () => ask('round'),
      onUnknown: () => ask('glance'),
    });
  }

  /** When a round is due without anybody asking. */
  function dueAt(): number {
    const takeOver = ledger && !isMaker ? takeOverAt(ledger, limits.takeOverMs) : undefined;
    return Math.min(scannedAt + limits.fullScanMs, takeOver ?? Number.POSITIVE_INFINITY);
  }

  /** Resolves when there is something to do. */
  async function asked(): Promise<void> {
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
      await asked();
      if (stopping.signal.aborted) return;
      const asks = need;
      need = 'nothing';
      engineMs = 0;
      try {
        if (asks === 'glance' && dueAt() > clock.now() && !(await isAnythingNew())) continue;
        await round();
        if (isAway) logger.info('views are up to date again');
        isAway = false;
        await trimNowAndThen();
      } catch (err) {
        if (stopping.signal.aborted) return;
        report(err);
        need = 'round';
        await clock.pause(AWAY_PAUSE_MS, stopping.signal);
      }
      const restMs = rest.after(clock.now(), engineMs);
      if (restMs > 0) await clock.pause(restMs, stopping.signal);
    }
  }

  async function isAnythingNew(): Promise<boolean> {
    if (ledger === undefined) return true;
    const [batches, entries] = await link.queryAll<[unknown[], RecordId[]]>(
      glanceOf(ledger.position, databaseMs - limits.recentMs),
    );
    const { seen } = ledger;
    return batches.length > 0 || entries.some((entry) => !seen.has(String(entry.id)));
  }

  async function round(): Promise<void> {
    begun += 1;
    for (;;) {
      try {
        return await attempt(begun);
      } catch (error) {
        if (!isConflict(error)) throw error;
        conflicts += 1;
        await clock.pause(random() * CONFLICT_JITTER_MS, stopping.signal);
        if (stopping.signal.aborted) throw error;
      }
    }
  }

  async function attempt(number: number): Promise<void> {
    const now = clock.now();
    const isWhole = now >= dueAt();
    const scansBefore = scans;
    const isStale = now - writtenAt >= limits.batchKeepMs / 4;
    let ended: Ended | undefined;
    const readAndWrite = async (transaction: Transaction): Promise<boolean> => {
      const since = isWhole ? undefined : databaseMs - limits.recentMs;
      const snapshot = await readChanges(transaction, ledger, since, limits.idsShown);
      const mark = randomUUID();
      const taken = step(snapshot.ledger, snapshot.reading, {
        me: id,
        mark,
        now,
        takeOverMs: limits.takeOverMs,
        batchIds: limits.idsPerRound,
        resetIds: limits.resetIds,
        seenMax: 2 * limits.idsShown,
      });
      const ids = snapshot.isNew ? 'reset' : taken.changes;
      const { position } = taken.ledger;
      // Together, since neither reads what the other writes: each answer that is waited for costs the round a turn.
      const own = writeOf(id, position, taken.batch, mark);
      const write = (): Promise<unknown> => transaction.queryAll(own.text, own.bindings);
      const isWritten = taken.batch !== undefined || isStale;
      const changes = { round: number, position, ids, isWhole, rows: snapshot.rows };
      const [shown] = await Promise.all([audience.read(transaction, changes), isWritten && write()]);
      ended = { shown, ledger: taken.ledger, clockMs: snapshot.clockMs, hasMore: taken.hasMore };
      if (!isWritten && !shown.mustCommit) return false;
      if (!isWritten) await write();
      return true;
    };
    const isCommitted = await commitOrCancel(link, (transaction) =>
      readAndWrite(transaction).finally(() => {
        engineMs += transaction.engineMs;
      }),
    );
    if (ended === undefined) return;
    ledger = ended.ledger;
    databaseMs = ended.clockMs;
    isMaker = ended.ledger.lastBy === id;
    // It may be older than the recent part when its turn comes.
    if (ended.hasMore) scan();
    // A scan that was asked for meanwhile is still to come.
    if (isWhole && scans === scansBefore) scannedAt = now;
    if (isCommitted) writtenAt = now;
    ended.shown.publish();
  }

  async function trimNowAndThen(): Promise<void> {
    const now = clock.now();
    if (!isMaker || now - trimmedAt < limits.batchKeepMs / 4) return;
    trimmedAt = now;
    await trim(link, limits.batchKeepMs).catch((err: unknown) =>
      logger.warn({ err }, 'old change batches were not removed'),
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
    wake: () => ask('round'),
    scan,
    next: () => begun + 1,
    get stats() {
      return { rounds: begun, conflicts, position: ledger?.position ?? 0 };
    },
  };
}

/** What an attempt came to, before its commit. */
interface Ended {
  readonly shown: Shown;
  readonly ledger: Ledger;
  readonly clockMs: number;
  /** Entries are left in the inbox for this gateway's next batch. */
  readonly hasMore: boolean;
}
