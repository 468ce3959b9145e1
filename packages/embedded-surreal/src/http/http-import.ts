/**
 * POST `/import`: runs the SurrealQL in the body. The user must have the right to edit everything. The text runs while
 * it arrives, in batches of whole statements. Other clients' requests run between the batches, and neither side holds
 * the whole text in memory.
 */
import { arrayItems, major, skipValue, writeHead } from '../protocol/cbor.ts';
import { codec } from '../protocol/codec.ts';
import { jsonFormat } from '../protocol/formats.ts';
import { StatementSplitter } from '../query/statement-splitter.ts';
import type { Connection } from '../session/connection.ts';
import { acceptOf } from './http-accept.ts';
import type { Route } from './http-exchange.ts';
import { HttpProblem } from './http-problem.ts';
import { call } from './http-sign-in.ts';

/** The size of a batch, in characters. A longer statement forms a batch alone. */
const BATCH = 128 * 1024;

export const handleImport: Route = async ({ connection, request, maxBodyBytes }) => {
  const format = acceptOf(request) ?? jsonFormat;
  if (format === 'text') throw HttpProblem.mediaType();
  await requireEditor(connection);
  const results: Uint8Array[] = [];
  const batch = new Batch(async (text) => {
    const reply = await call(connection, 'query', [text, {}]);
    if (!reply.ok) throw HttpProblem.fromReply(reply);
    const { result } = reply;
    for (const item of arrayItems(result, 0)) results.push(result.subarray(item, skipValue(result, item)));
  });
  const splitter = new StatementSplitter();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      for (const statement of splitter.push(decoder.decode(chunk, { stream: true }))) await batch.add(statement);
      if (splitter.pending + batch.length > maxBodyBytes) throw HttpProblem.tooLarge(maxBodyBytes);
    }
    await batch.add(splitter.push(decoder.decode()).join('') + splitter.end());
  } catch (error) {
    throw error instanceof TypeError ? HttpProblem.badRequest('Non UTF-8 request body') : error;
  }
  await batch.run();
  if (format === 'nothing') return {};
  const all = Buffer.concat([writeHead(major.array, results.length), ...results]);
  return { contentType: format.contentType, body: format.write(all) };
};

/**
 * Throws unless the user is an editor or owner. Removing a parameter that does not exist changes nothing and needs the
 * same right.
 */
async function requireEditor(connection: Connection): Promise<void> {
  const reply = await call(connection, 'query', ['REMOVE PARAM IF EXISTS $spooky_no_such_parameter', {}]);
  if (!reply.ok) throw HttpProblem.fromReply(reply);
  const [answer] = codec.decode(reply.result) as { status: string; kind?: string; result: unknown }[];
  if (answer?.status !== 'OK' && answer?.kind === 'NotAllowed') throw HttpProblem.forbidden(String(answer.result));
}

/** A statement of this length shares its batch with no other. Characters. */
const LONG = 8_000;

/**
 * Collects statements into batches. An OPTION applies to all later batches. A transaction stays in one batch. A
 * variable ends with its request, so after the first LET all remaining statements form one batch.
 */
class Batch {
  readonly #execute: (text: string) => Promise<void>;
  #text = '';
  #options = '';
  #inTransaction = false;
  #hasVariables = false;

  constructor(execute: (text: string) => Promise<void>) {
    this.#execute = execute;
  }

  get length(): number {
    return this.#text.length;
  }

  async add(statement: string): Promise<void> {
    const keyword = firstWord(statement);
    if (keyword === 'OPTION') {
      this.#options += statement;
      return;
    }
    if (keyword === 'BEGIN') this.#inTransaction = true;
    if (keyword === 'COMMIT' || keyword === 'CANCEL') this.#inTransaction = false;
    if (keyword === 'LET') this.#hasVariables = true;
    const isFree = !this.#inTransaction && !this.#hasVariables;
    const isLong = statement.length >= LONG;
    // A slash in one statement makes the texts in all statements of its batch count as expressions, which have a limit.
    if (isLong && isFree) await this.run();
    this.#text += statement;
    if (isFree && (isLong || this.#text.length >= BATCH)) await this.run();
  }

  async run(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text.trim() !== '') await this.#execute(this.#options + text);
  }
}

const COMMENTS = /^(?:\s+|--[^\n]*|\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/;

const firstWord = (statement: string): string => /^\w*/.exec(statement.replace(COMMENTS, ''))?.[0].toUpperCase() ?? '';
