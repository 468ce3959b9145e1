import { RecordId } from 'surrealdb';
import { expect, it, onTestFinished } from 'vitest';
import { openStorage } from '../storage/open-storage.ts';
import { networkOf } from './sign-in.ts';
import { signInIdentity } from './sign-in-identity.ts';

async function start() {
  const storage = await openStorage({ type: 'memory' });
  onTestFinished(() => storage.close());
  await storage.engine.queryAsOwner(`
    DEFINE NAMESPACE app; USE NS app; DEFINE DATABASE app; USE NS app DB app;
    DEFINE FUNCTION fn::find($name: any) { RETURN SELECT * FROM user WHERE name = $name };
    DEFINE ACCESS account ON DATABASE TYPE RECORD
      SIGNIN (SELECT * FROM fn::find($name) WHERE crypto::argon2::compare(pass, $given.pass) AND team = $\`the team\`)`);
  const identity = async (credentials: object) =>
    (await signInIdentity(storage.engine, { values: { ...credentials }, source: 'request' }))?.accounts ?? 'too many';
  const record = (variables: object) => identity({ ns: 'app', db: 'app', ac: 'account', ...variables });
  return { engine: storage.engine, identity, record };
}

it('uses level, namespace, database and name for a service user, and ignores other fields', async () => {
  const { identity } = await start();
  const [root] = await identity({ user: 'root', pass: '1' });
  for (const same of [
    { user: 'root', pass: '2' },
    { user: 'root', pass: '1', more: 'x', username: 'y' },
    { user: ' ROOT\u200b', pass: '1' },
    { user: '\uff52\uff4f\uff4f\uff54', pass: '1' },
    { user: 'root', pass: '1', namespace: 'x', database: 'y', access: 'z', 'https://surrealdb.com/ns': 'x' },
  ]) {
    expect(await identity(same)).toEqual([root]);
  }
  const others = [{ user: 'ben' }, { ns: 'app', user: 'root' }, { NS: 'app', DB: 'app', user: 'root' }];
  const found = await Promise.all(others.map(identity));
  expect(new Set([root, ...found.flat()]).size).toBe(4);
  expect(await identity({ ns: 'app', db: 'app', user: 'root' })).toEqual(found[2]);
});

it('uses every value that the SIGNIN clause reads for a record user, in any spelling, and no other field', async () => {
  const { record } = await start();
  const accounts = await record({ name: 'Ada Łovelace', given: { pass: '1' }, 'the team': 7 });
  expect(accounts).toHaveLength(3);
  for (const same of [
    { name: ' ada  łOVELACE', given: { pass: '1' }, 'the team': '7.0' },
    { NS: 'app', ns: 'other', name: 'ada łovelace', given: { pass: '1' }, 'the team': 7, access: 'other' },
    { name: Buffer.from('Ada Łovelace'), given: { pass: '1' }, 'the team': 7 },
    { name: 'ada łovelace', given: { pass: '1', more: '7' }, 'the team': 7n, other: 'x', list: ['y', { z: 'z' }] },
  ]) {
    expect(await record(same)).toEqual(accounts);
  }
  const [name] = accounts;
  expect(await record({ given: { deep: ['ADA ŁOVELACE'] } }), 'in another field').toEqual([name]);
  expect(await record({ name: new RecordId('user', 1) })).toEqual(await record({ name: 'user:1' }));
  expect(await record({ name: Array.from({ length: 65 }, (_, index) => index) })).toBe('too many');
});

it('has no account for an access that does not exist, and creates nothing by the lookup', async () => {
  const { engine, identity } = await start();
  expect(await identity({ ns: 'no', db: 'no', ac: 'account', name: 'ada' })).toEqual([]);
  expect(await identity({ ns: 'app', db: 'app', ac: 'no', name: 'ada' })).toEqual([]);
  expect(await identity({ ns: 1, db: 'app', ac: 'account', name: 'ada' })).toEqual([]);
  const [info] = (await engine.queryAsOwner('INFO FOR ROOT')) as { namespaces: object }[];
  expect(Object.keys(info?.namespaces ?? {})).not.toContain('no');
});

it('counts an IPv4 address, or the network of an IPv6 address', () => {
  expect(networkOf('::ffff:192.0.2.1')).toBe(networkOf('192.0.2.1'));
  expect(networkOf('2001:db8:0:1::1')).toBe(networkOf('2001:DB8::1:ffff:2:3:4'));
  expect(networkOf('2001:db8:0:1::1')).not.toBe(networkOf('2001:db8:0:2::1'));
  expect(networkOf('192.0.2.1')).not.toBe(networkOf('192.0.2.2'));
  expect(networkOf('::1')).toBe('0:0:0:0');
});
