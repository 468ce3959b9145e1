/** Every kind of value on every way through the system. The table in the client's README is what this test has seen. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ClientError, RecordId } from '@spookify/client';
import { encodeValue, type WireValue } from '@spookify/gateway/wire';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { VALUES } from './testing/value-cases.ts';
import { startWholeStack, type WholeStack } from './testing/whole-stack.ts';
import { exportFile } from './transfer/export.ts';
import { importFile } from './transfer/import.ts';

const WAIT = { timeout: 20_000, interval: 10 };
const README = path.resolve(import.meta.dirname, '../../client/README.md');

let stack: WholeStack;
/** What happened to each value, as lines of a table. */
let lines: readonly string[];
beforeAll(async () => {
  stack = await startWholeStack();
  lines = await Promise.all(
    Object.entries(VALUES).map(async ([name, value]) => {
      const [stored, payload] = await Promise.all([store(name, value), deliver(value)]);
      return `| ${name} | ${stored} | ${payload} |`;
    }),
  );
});
afterAll(() => stack.close());

/** Equal for equal values. The database sorts the members of objects. */
function textOf(value: unknown): string {
  return JSON.stringify(sorted(encodeValue(value)));
}

function sorted(value: WireValue): WireValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}

/** Watches a query until its result is the wanted one, and returns it. */
async function seen<Result>(query: Parameters<typeof stack.db.watch<Result>>[0], isWanted: (data: Result) => boolean) {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const stop = stack.db.watch(query, ({ kind, data, error }) => {
    if (kind === 'ready' && isWanted(data)) resolve(data);
    if (kind === 'failed') reject(error);
  });
  return await promise.finally(() => stop());
}

const idOf = (name: string) => new RecordId('thing', name);

/** Writes a value and reads it in four ways. Returns `equal` or `refused`. */
async function store(name: string, value: unknown): Promise<'equal' | 'refused'> {
  const id = idOf(name);
  const all = stack.db.query('thing').where({ id }).build();
  try {
    const made = await stack.db.create('thing', { id, held: value }, { optimistic: false });
    expect(textOf(made?.held), `${name}, as created`).toBe(textOf(value));
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    expect(error).toMatchObject({ code: 'SPOOKY_CLIENT_INVALID_WRITE', issues: [{ message: expect.any(String) }] });
    expect(() => stack.db.query('thing').where({ held: { eq: [value] } })).toThrow(ClientError);
    return 'refused';
  }
  const [row] = await seen(all, (rows) => rows.length === 1);
  expect(textOf(row?.held), `${name}, live`).toBe(textOf(value));
  if (value instanceof Set) {
    expect(() => stack.db.query('thing').where({ held: { eq: value } })).toThrow(/A Set finds no row/);
  } else {
    const found = stack.db
      .query('thing')
      .where({ id, held: { eq: value } })
      .build();
    await seen(found, (rows) => rows.length === 1);
  }
  return 'equal';
}

/** Sends a value to the backend, which returns it. Returns its JSON, or `refused`. */
async function deliver(value: unknown): Promise<string> {
  let id: RecordId;
  try {
    id = await stack.db.run('api', '/echo', { value }, { optimistic: false });
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    expect(error).toMatchObject({ code: 'SPOOKY_CLIENT_INVALID_PAYLOAD', issues: [{ message: expect.any(String) }] });
    expect(error.issues[0]?.path).toMatch(/^\/value/);
    return 'refused';
  }
  const query = stack.db
    .query('job')
    .where({ id: id as RecordId<'job'> })
    .one()
    .build();
  const job = await seen(query, (row) => row?.status === 'success' || row?.status === 'failed');
  expect(job).toMatchObject({ status: 'success', errors: [] });
  const body = [...stack.bodies].find((text) => textOf(JSON.parse(text)) === textOf(job?.result));
  expect(body, 'the result is what the backend has received and sent').toBeDefined();
  const { value: json } = JSON.parse(body ?? '{}');
  if (json === undefined) return 'left out';
  const text = JSON.stringify(json);
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

describe('values', () => {
  it('are equal everywhere or refused with a reason, as the README says', async () => {
    const readme = await readFile(README, 'utf8');
    const table = readme.split('\n').filter((line) => /^\| [^|]+ \| (?:equal|refused) \| /.test(line));
    expect(table).toEqual(lines);
  });

  it('nested as deeply as a payload may be come back to their owner', async () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect(await deliver(nested(30))).toContain('[1]');
    expect(await deliver(nested(31))).toBe('refused');
    expect(await store('deep', nested(31))).toBe('equal');
    expect(await store('too deep', nested(32))).toBe('refused');
  });

  it('are equal after an export and import', async () => {
    const rows = await stack.owner.query<{ id: RecordId; held: unknown }[]>('SELECT id, held FROM thing');
    expect(rows.length).toBeGreaterThan(30);
    const file = path.join(stack.folder, 'export.surql');
    await exportFile(await stack.target(), file);
    const copy = await stack.openOther('copy');
    await importFile(await stack.target('copy'), file);
    const imported = await copy.query<{ id: RecordId; held: unknown }[]>('SELECT id, held FROM thing');
    await copy.close();
    expect(imported.map(textOf)).toEqual(rows.map(textOf));
  });

  it('of a megabyte that a service has written are shown, exported and imported', async () => {
    const id = idOf('large');
    const held = ['é\n'.repeat(300_000), new Uint8Array(500_000)];
    await stack.owner.queryAll('CREATE $id SET held = $held RETURN NONE', { id, held });
    const query = stack.db.query('thing').where({ id }).one().build();
    const isEqual = (value: unknown): boolean => textOf(value) === textOf(held);
    expect(await seen(query, (row) => isEqual(row?.held))).toBeDefined();
    const file = path.join(stack.folder, 'large.surql');
    await exportFile(await stack.target(), file);
    await importFile(await stack.target('large'), file);
    const copy = await stack.openOther('large');
    const row = await copy.query<{ held: unknown }>('SELECT held FROM ONLY $id', { id });
    await copy.close();
    expect(isEqual(row.held)).toBe(true);
    await stack.owner.queryAll('DELETE $id', { id });
  });

  it('that only the database can make fail in a query of their own', async () => {
    const id = idOf('pattern');
    await stack.owner.queryAll('CREATE $id SET held = /a.*/ RETURN NONE', { id });
    const query = stack.db.query('thing').where({ id }).build();
    await expect(seen(query, () => true)).rejects.toMatchObject({ code: 'SPOOKY_CLIENT_DATABASE' });
    const other = stack.db
      .query('thing')
      .where({ id: idOf('bool') })
      .one()
      .build();
    await vi.waitFor(async () => expect(await seen(other, () => true)).toMatchObject({ held: true }), WAIT);
    await stack.owner.queryAll('DELETE $id', { id });
  });
});
