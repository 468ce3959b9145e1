import { isAlreadyExists } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import { RecordId as Id } from 'surrealdb';
import type { Database } from './database.ts';
import type { Suggestion, ThreadText } from './writers/writer.ts';

/** A thread as far as a suggestion is concerned. */
export interface Thread extends ThreadText {
  author: RecordId<'user'>;
}

/** What the first delivery of an idempotency key led to. */
export interface Receipt {
  thread: RecordId<'thread'>;
  writer: string;
}

/** What storing a suggestion came to. Only `stored` changed anything. */
export type StoreOutcome =
  | { kind: 'stored' }
  /** The key was delivered before; that answer stands. */
  | { kind: 'delivered'; receipt: Receipt }
  /** The thread's text is no longer the one that the suggestion was made from. */
  | { kind: 'changed' }
  | { kind: 'missing' };

/** Where threads, suggestions and receipts are kept. */
export interface SuggestionStore {
  /** The thread, and the receipt of the key if it was delivered before. */
  read(key: string, thread: RecordId<'thread'>): Promise<{ thread?: Thread; receipt?: Receipt }>;
  /** Writes suggestion and receipt together or neither, if the thread still is as it was read. */
  store(key: string, thread: RecordId<'thread'>, basis: Thread, suggestion: Suggestion): Promise<StoreOutcome>;
}

// Both by record id, no index needed.
const READ = `
  SELECT title, content, author FROM ONLY $thread;
  RETURN $receipt.answer;`;

// One statement, so one transaction: a receipt without its effect, or the reverse, cannot be. The suggestion has the key of its
// thread, so a new one replaces the one before.
const STORE = `{
  LET $answer = $receipt.answer;
  IF $answer != NONE { RETURN { kind: 'delivered', receipt: $answer } };
  LET $now = (SELECT title, content, author FROM ONLY $thread);
  IF $now = NONE { RETURN { kind: 'missing' } };
  IF $now.title != $basis.title OR $now.content != $basis.content OR $now.author != $basis.author {
    RETURN { kind: 'changed' }
  };
  UPSERT type::record('suggestion', record::id($thread)) SET
    thread = $thread,
    title = $suggestion.title,
    content = $suggestion.content,
    written_by = $suggestion.writer
    RETURN NONE;
  CREATE ONLY $receipt SET answer = { thread: $thread, writer: $suggestion.writer } RETURN NONE;
  RETURN { kind: 'stored' }
};`;

/** How often a receipt may turn out to be there already; the second time it is found. */
const RECEIPT_ATTEMPTS = 5;

export function createSuggestionStore(database: Database): SuggestionStore {
  return {
    async read(key, thread) {
      const [found, receipt] = await database.query<[Thread | undefined, Receipt | undefined]>(READ, {
        thread,
        receipt: receiptId(key),
      });
      return { ...(found ? { thread: found } : {}), ...(receipt ? { receipt } : {}) };
    },

    async store(key, thread, basis, suggestion) {
      for (let attempt = 1; ; attempt++) {
        try {
          const bindings = { thread, receipt: receiptId(key), basis, suggestion };
          const [outcome] = await database.query<[StoreOutcome]>(STORE, bindings);
          return outcome;
        } catch (error) {
          // Another delivery stored its receipt at the same moment. Nothing happened here, so look again.
          if (attempt === RECEIPT_ATTEMPTS || !isAlreadyExists(error)) throw error;
        }
      }
    },
  };
}

function receiptId(key: string): RecordId<'receipt', string> {
  return new Id('receipt', key);
}
