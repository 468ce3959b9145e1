/**
 * Kills the server while clients write, starts it again on the same folder, and checks what it kept.
 *
 * Five rounds by default. SPOOKY_DURABILITY_ROUNDS sets the number; `npm run durability -w packages/embedded-surreal`
 * runs fifty.
 */
import { Surreal } from 'surrealdb';
import { expect, it, onTestFinished, vi } from 'vitest';
import { names, root, temporaryFolder } from '../testing/database.ts';
import { kill, startProcess } from '../testing/started-process.ts';

const ROUNDS = Number(process.env.SPOOKY_DURABILITY_ROUNDS ?? 5);
const WRITERS = 8;

const SCHEMA = `
  DEFINE TABLE entry;
  DEFINE INDEX of_writer ON entry FIELDS writer;
  DEFINE INDEX number ON entry FIELDS writer, number UNIQUE;
  DEFINE TABLE receipt;
  DEFINE TABLE account;
  DEFINE TABLE note;
`;

/** What one booking writes: an entry, its receipt and the account's sum. All of them must be kept, or none. */
const BOOK = [
  'CREATE type::record("entry", [$writer, $number]) SET writer = $writer, number = $number',
  'CREATE type::record("receipt", [$writer, $number])',
  'UPSERT type::record("account", $writer) SET sum += 1',
];

const LIVE_TABLES = ['entry', 'receipt', 'account', 'note', 'note'];

interface Acknowledged {
  readonly booked: Set<number>;
  readonly noted: Set<number>;
}

it(`keeps every acknowledged write whole, and no live query, over ${ROUNDS} kills during concurrent writes`, {
  timeout: 60_000 + ROUNDS * 30_000,
}, async () => {
  const folder = await temporaryFolder();
  const known: Acknowledged[] = Array.from({ length: WRITERS }, () => ({ booked: new Set(), noted: new Set() }));
  let server = await startProcess(folder);
  await withClient(server.url, (client) => client.query(SCHEMA));
  let writes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { url, child } = server;
    await listen(url);
    const writers = known.map((acknowledged, writer) => write(url, writer, round * 1_000_000, acknowledged));
    const before = total(known);
    // Each round is killed at another moment, and only once there are new writes to lose.
    await vi.waitFor(() => expect(total(known) - before).toBeGreaterThan(100 + round * 13), {
      timeout: 60_000,
      interval: 1,
    });
    await kill(child, 'SIGKILL');
    await Promise.all(writers);
    writes = total(known);
    server = await startProcess(folder);
    expect(server.message).toBeUndefined();
    expect(server.warnings).toEqual([]);
    await withClient(server.url, (client) => verify(client, known));
  }
  console.log(`${ROUNDS} kills, ${writes} acknowledged writes, all there`);
});

/** Writes until the connection is lost. A write is acknowledged when its answer has arrived. */
async function write(url: string | undefined, writer: number, first: number, { booked, noted }: Acknowledged) {
  await withClient(url, async (client) => {
    for (let number = first; ; number += 1) {
      await book(client, writer, number);
      booked.add(number);
      await client.query('CREATE type::record("note", [$writer, $number])', { writer, number });
      noted.add(number);
    }
  }).catch((error: Error) => expect(error.message).toMatch(/connection/i));
}

/** Alternates between one query and a transaction of separate requests. */
async function book(client: Surreal, writer: number, number: number): Promise<void> {
  if (number % 2 === 0) {
    await client.query(`BEGIN; ${BOOK.join('; ')}; COMMIT;`, { writer, number });
    return;
  }
  const transaction = await client.beginTransaction();
  for (const statement of BOOK) await transaction.query(statement, { writer, number });
  await transaction.commit();
}

/** Starts live queries, which the kill leaves behind and which would slow down every later write. */
async function listen(url: string | undefined): Promise<void> {
  const client = new Surreal();
  onTestFinished(async () => {
    await client.close();
  });
  await client.connect(url ?? '', { ...names, authentication: root, reconnect: false });
  await client.query(LIVE_TABLES.map((table) => `LIVE SELECT * FROM ${table}`).join(';'));
}

async function verify(client: Surreal, known: readonly Acknowledged[]): Promise<void> {
  const infos = await client.query<{ lives: object }[]>(
    LIVE_TABLES.map((table) => `INFO FOR TABLE ${table}`).join(';'),
  );
  expect(infos.map(({ lives }) => Object.keys(lives))).toEqual(LIVE_TABLES.map(() => []));
  for (const [writer, { booked, noted }] of known.entries()) {
    const [entries, receipts, sum, byIndex, byScan, notes] = await client.query<
      [number[], number[], number, ...number[][]]
    >(
      `SELECT VALUE record::id(id)[1] FROM entry:[$writer, NONE]..[$writer, ..];
       SELECT VALUE record::id(id)[1] FROM receipt:[$writer, NONE]..[$writer, ..];
       RETURN type::record("account", $writer).sum ?? 0;
       SELECT VALUE number FROM entry WITH INDEX of_writer WHERE writer = $writer;
       SELECT VALUE number FROM entry WITH NOINDEX WHERE writer = $writer;
       SELECT VALUE record::id(id)[1] FROM note:[$writer, NONE]..[$writer, ..];`,
      { writer },
    );
    const stored = new Set(entries);
    expect([...booked].filter((number) => !stored.has(number))).toEqual([]);
    const storedNotes = new Set(notes);
    expect([...noted].filter((number) => !storedNotes.has(number))).toEqual([]);
    // A write that was in flight at the kill may be kept or lost, but never in part.
    expect(sorted(receipts)).toEqual(sorted(entries));
    expect(sum).toBe(entries.length);
    expect(sorted(byIndex ?? [])).toEqual(sorted(entries));
    expect(sorted(byScan ?? [])).toEqual(sorted(entries));
  }
}

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

const total = (known: readonly Acknowledged[]): number =>
  known.reduce((sum, { booked, noted }) => sum + booked.size + noted.size, 0);

async function withClient(url: string | undefined, work: (client: Surreal) => Promise<unknown>): Promise<void> {
  const client = new Surreal();
  onTestFinished(async () => {
    await client.close();
  });
  await client.connect(url ?? '', { ...names, authentication: root, reconnect: false });
  try {
    await work(client);
  } finally {
    await client.close();
  }
}
