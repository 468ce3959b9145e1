import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { createLink, LinkError } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { LIMITS } from '../limits.ts';
import { silentLogger } from '../logger.ts';
import { createGatewayMeters } from '../observe/gateway-meters.ts';
import { createSessions, type Sessions } from '../session/sessions.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { ORIGIN } from '../testing/test-gateway.ts';
import { connectSocket } from '../testing/test-socket.ts';
import { CLOSE_REASONS } from '../wire/errors.ts';
import { createHttpApp } from './http-app.ts';
import { OpenSockets } from './open-sockets.ts';
import { closePeer } from './peer.ts';
import { addSocketRoute } from './socket-route.ts';

let database: TestDatabase;
let sessions: Sessions;
let token: string;
beforeAll(async () => {
  database = await startTestDatabase();
  const link = createLink({ ...database.options, waitMs: 5_000 });
  await link.open();
  sessions = createSessions(link, () => undefined);
  await database.owner.queryAll("CREATE person:ada SET name = 'ada'");
  token = await begin();
  return () => link.close();
});
afterAll(() => database.close());

async function begin(): Promise<string> {
  return (await sessions.begin(new RecordId('person', 'ada'), 'account', 60_000)).token;
}

/** The route without the rest of the gateway. `change` may replace parts of its sessions. */
async function start(change: (sockets: OpenSockets) => Partial<Sessions> = () => ({})) {
  const sockets: OpenSockets = new OpenSockets(sessions, silentLogger);
  const app = await createHttpApp({ trustedProxies: [], logger: silentLogger });
  const counts = { lookUps: 0, served: 0 };
  const used = { ...sessions, ...change(sockets) };
  addSocketRoute(app, {
    sessions: {
      ...used,
      find: (shown) => {
        counts.lookUps += 1;
        return used.find(shown);
      },
    },
    sockets,
    meters: createGatewayMeters(),
    origins: new Set([ORIGIN]),
    project: 'test',
    isOpen: () => true,
    serve(socket, session) {
      counts.served += 1;
      socket.send('{"type":"pong"}');
      return { session, close: (code, reason) => closePeer(socket, code, reason) };
    },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const connect = (headers: Record<string, string>) =>
    connectSocket(`ws://127.0.0.1:${port}/spooky/socket?protocol=2`, headers);
  return { sockets, counts, connect, port };
}

const bearer = (shown: string) => ({ authorization: `Bearer ${shown}` });

describe('an upgrade', () => {
  it('is closed with the reason if its origin is foreign, before a session is looked up', async () => {
    const { connect, counts } = await start();
    const socket = await connect({ ...bearer(token), origin: 'https://evil.example' });
    expect(await socket.closed).toEqual({ code: CLOSE_REASONS.foreignOrigin, reason: 'the origin is not allowed' });
    expect([socket.frames, counts]).toEqual([[], { lookUps: 0, served: 0 }]);
  });

  it('is closed with a reason to reconnect if the database does not answer', async () => {
    const { connect } = await start(() => ({
      find: () => Promise.reject(new LinkError('SPOOKY_LINK_AWAY', 'the database is away')),
    }));
    const socket = await connect(bearer(token));
    expect(await socket.closed).toMatchObject({
      code: CLOSE_REASONS.stopping,
      reason: expect.stringContaining('database'),
    });
  });

  it('is closed as one too many if enough sessions are being looked up', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<undefined>();
    const { connect, counts } = await start(() => ({ find: () => answered }));
    const waiting = Array.from({ length: LIMITS.socket.lookUpsAtOnce }, () => connect(bearer(token)));
    await expect.poll(() => counts.lookUps, { timeout: 20_000 }).toBe(LIMITS.socket.lookUpsAtOnce);
    const refused = await connect(bearer(token));
    expect(await refused.closed).toMatchObject({
      code: CLOSE_REASONS.tooMany,
      reason: expect.stringContaining('too many'),
    });
    answer(undefined);
    const opened = await Promise.all(waiting);
    const codes = await Promise.all(opened.map(async ({ closed }) => (await closed).code));
    expect(codes).toContain(CLOSE_REASONS.signedOut);
  }, 30_000);

  it('is cut off if too many refused peers do not complete the closing handshake', async () => {
    const { port, connect } = await start();
    const foreign = { origin: 'https://evil.example' };
    const silent = await Promise.all(
      Array.from({ length: LIMITS.socket.refusedMax }, () => refusedPeer(port, foreign.origin)),
    );
    onTestFinished(() => {
      for (const peer of silent) peer.destroy();
    });
    // 1006: the connection ended without a closing frame.
    const closed = await connect(foreign).then(
      async (socket) => (await socket.closed).code,
      () => 1006,
    );
    expect(closed).toBe(1006);
    for (const peer of silent) peer.destroy();
    await expect.poll(async () => (await (await connect(foreign)).closed).code).toBe(CLOSE_REASONS.foreignOrigin);
  }, 30_000);
});

describe('a session that ends while its socket opens', () => {
  it.each([
    ['is signed out', (id: RecordId) => id],
    ['has its user deleted', () => new RecordId('person', 'eve')],
  ])('closes the socket if it %s', async (_, changed) => {
    await database.owner.queryAll("UPSERT person:eve SET name = 'eve'");
    const { token: own, session } = await sessions.begin(new RecordId('person', 'eve'), 'account', 60_000);
    const { connect, counts } = await start((sockets) => ({
      async find(shown) {
        const found = await sessions.find(shown);
        // The round that reports the change is published before the socket is registered.
        const id = changed(session.id);
        await database.owner.query('DELETE $id', { id });
        sockets.changed([id]);
        return found;
      },
    }));
    const socket = await connect(bearer(own));
    expect(await socket.closed).toMatchObject({ code: CLOSE_REASONS.signedOut });
    expect(counts.served).toBe(1);
  });
});

/** A peer that has sent an upgrade and received the closing frame, but never answers it. */
function refusedPeer(port: number, origin: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const peer = connectTcp(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    peer.on('error', reject);
    peer.on('data', (data) => {
      received = Buffer.concat([received, data]);
      // 0x88 is the closing frame, which follows the headers of the upgrade.
      const end = received.indexOf('\r\n\r\n');
      if (end >= 0 && received[end + 4] === 0x88) resolve(peer);
    });
    peer.write(
      [
        'GET /spooky/socket?protocol=2 HTTP/1.1',
        'Host: localhost',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
        `Origin: ${origin}`,
        '\r\n',
      ].join('\r\n'),
    );
  });
}
