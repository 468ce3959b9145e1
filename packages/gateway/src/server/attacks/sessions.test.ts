import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cookieOf, PASSWORD, startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import { decodeValue, type WireRecordId } from '../../wire/value.ts';

let test: TestGateway;
let other: TestGateway;
beforeAll(async () => {
  test = await startTestGateway();
  other = await startTestGateway({ database: test.database });
});
afterAll(async () => {
  await other.close();
  await test.close();
});

const credentials = (name: string) => ({ access: 'account', variables: { name, password: PASSWORD } });

describe('a session', () => {
  it('never takes over a token that the client had before signing in', async () => {
    await test.signUp('victim');
    const attacker = await test.signUp('attacker');
    const response = await test.post('sign-in', credentials('victim'), { cookie: attacker.cookie });
    expect(cookieOf(response)).not.toBe(attacker.cookie);
    expect((await test.post('renew', {}, { cookie: attacker.cookie })).status).toBe(401);
    const made = `spooky-test-3600=${'a'.repeat(43)}`;
    const second = await test.post('sign-in', credentials('victim'), { cookie: made });
    expect(cookieOf(second)).not.toBe(made);
    expect((await test.post('renew', {}, { cookie: made })).status).toBe(401);
  });

  it('cannot be used after a sign-out, on any gateway', async () => {
    const { cookie } = await test.signUp('replay');
    const sockets = [await test.connect({ cookie }), await other.connect({ cookie })];
    await test.post('sign-out', {}, { cookie });
    for (const { closed } of sockets) expect(await closed).toMatchObject({ code: 4401 });
    for (const gateway of [test, other]) {
      expect(await (await gateway.connect({ cookie })).closed).toMatchObject({ code: 4401 });
      expect((await gateway.post('renew', {}, { cookie })).status).toBe(401);
    }
  });

  it('ends by a sign-out although another page has set a cookie with the same name', async () => {
    const { cookie } = await test.signUp('tossed');
    const planted = `spooky-test-3600=${'a'.repeat(43)}`;
    for (const header of [`${planted}; ${cookie}`, `${cookie}; ${planted}`]) {
      expect((await test.post('renew', {}, { cookie: header })).status).toBe(401);
    }
    expect((await test.post('renew', {}, { cookie })).status).toBe(200);
    expect((await test.post('sign-out', {}, { cookie: `${planted}; ${cookie}` })).status).toBe(200);
    expect((await test.post('renew', {}, { cookie })).status).toBe(401);
  });

  it('ends when its user is deleted, on every gateway', async () => {
    const { cookie, user } = await test.signUp('deleted');
    const sockets = [await test.connect({ cookie }), await other.connect({ cookie })];
    const bystander = await other.connect(await test.signUp('bystander'));
    await test.owner.query("DELETE person WHERE name = 'deleted'");
    for (const { closed } of sockets) expect(await closed).toMatchObject({ code: 4401 });
    expect((await test.post('renew', {}, { cookie })).status).toBe(401);
    expect(user).toBeDefined();
    bystander.send({ type: 'ping' });
    await bystander.frame('pong');
  });

  it('ends when it expires, unless it was renewed on another gateway', async () => {
    const [short, renewed] = [await test.signUp('short'), await test.signUp('renewed')];
    const expireSoon = ({ user }: { user: WireRecordId }) =>
      test.owner.query('UPDATE spooky_session SET expires_at = time::now() + 700ms WHERE user = $user', {
        user: decodeValue(user),
      });
    await expireSoon(renewed);
    const kept = await test.connect(renewed);
    expect((await other.post('renew', {}, { cookie: renewed.cookie })).status).toBe(200);
    await expireSoon(short);
    const ended = await test.connect(short);
    expect(await ended.closed).toMatchObject({ code: 4401 });
    expect((await test.post('renew', {}, { cookie: short.cookie })).status).toBe(401);
    kept.send({ type: 'ping' });
    await kept.frame('pong');
  });

  it('stops writes when it ends, and leaves none of them half done', async () => {
    const { cookie } = await test.signUp('amid');
    const socket = await test.connect({ cookie });
    const writes = Array.from({ length: 30 }, (_, index) =>
      socket.write({ kind: 'create', id: { $r: ['project', `amid-${index}`] }, fields: { title: 'x' } }).then(
        ({ type }) => type,
        () => 'lost',
      ),
    );
    await test.post('sign-out', {}, { cookie });
    expect(await socket.closed).toMatchObject({ code: 4401 });
    const answers = await Promise.all(writes);
    for (const [index, answer] of answers.entries()) {
      const row = await test.owner.query('SELECT title FROM ONLY type::record("project", $key)', {
        key: `amid-${index}`,
      });
      if (answer === 'written') expect(row).toEqual({ title: 'x' });
    }
    await expect(socket.write({ kind: 'delete', id: { $r: ['project', 'amid-0'] } })).rejects.toThrow('closed');
  });

  it('leaves no token, cookie or password in the log', async () => {
    const { cookie } = await test.signUp('secretive');
    const { token } = await test.signUpProgram('secretive-program');
    await test.post('sign-in', credentials('secretive'), { cookie: 'spooky-test-3600=%' });
    const socket = await test.connect({ cookie });
    socket.sendRaw('garbage');
    await socket.closed;
    await test.post('sign-out', {}, { cookie });
    const log = [...test.log, ...other.log].join('\n');
    for (const secret of [PASSWORD, cookie.split('=')[1] ?? '', token]) expect(log).not.toContain(secret);
  });
});

describe('a gateway that stops', () => {
  it('closes its sockets with a reason to reconnect, and serves the same sessions after a restart', async () => {
    const restarted = await startTestGateway({ database: test.database });
    onTestFinished(() => restarted.close());
    const { cookie } = await restarted.signUp('returning');
    const socket = await restarted.connect({ cookie });
    await restarted.restart();
    expect(await socket.closed).toMatchObject({ code: 4503 });
    const again = await restarted.connect({ cookie });
    expect(await again.frame('hello')).toMatchObject({ type: 'hello' });
  });
});

describe('two users', () => {
  it("do not see each other's session in two profiles of one browser", async () => {
    const [ada, ben] = [await test.signUp('two-ada'), await test.signUp('two-ben')];
    const [first, second] = [await test.connect(ada), await test.connect(ben)];
    expect([(await first.frame('hello')).user, (await second.frame('hello')).user]).toEqual([ada.user, ben.user]);
    await test.post('sign-out', {}, { cookie: ada.cookie });
    expect(await first.closed).toMatchObject({ code: 4401 });
    second.send({ type: 'ping' });
    await second.frame('pong');
  });
});
