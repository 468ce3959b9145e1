import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { acceptsConnections } from '@spookify/supervisor';
import { describe, expect, it, onTestFinished } from 'vitest';
import { reserveFreePorts, reservePorts } from './ports.ts';

const host = '127.0.0.1';

async function listen(port = 0): Promise<number> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('reservePorts', () => {
  it('reserves the wanted ports against other programs and releases them', async () => {
    const [port] = [...(await freePorts(1))];
    const reserved = await reservePorts([{ name: 'web', host, port: Number(port) }]);
    expect(reserved).toMatchObject({ offset: 0, busy: [] });
    expect(reserved.ports.get('web')).toBe(port);
    await expect(listen(Number(port))).rejects.toThrow('EADDRINUSE');
    await reserved.release('web');
    await reserved.release('web');
    expect(await listen(Number(port))).toBe(port);
  });

  it('moves all of them by the same offset when one is busy', async () => {
    const busy = await listen();
    const wanted = [
      { name: 'web', host, port: busy - 3 },
      { name: 'api', host, port: busy },
    ];
    const reserved = await reservePorts(wanted);
    onTestFinished(reserved.releaseAll);
    expect(reserved.offset).toBeGreaterThan(0);
    expect(reserved.busy).toContainEqual(wanted[1]);
    expect([...reserved.ports.values()]).toEqual(wanted.map(({ port }) => port + Number(reserved.offset)));
  });

  it('gives concurrent callers different ports', async () => {
    const [port] = [...(await freePorts(1))];
    const wanted = [{ name: 'web', host, port: Number(port) }];
    const both = await Promise.all([reservePorts(wanted), reservePorts(wanted)]);
    onTestFinished(() => Promise.all(both.map((reserved) => reserved.releaseAll())).then(() => {}));
    expect(new Set(both.map(({ ports }) => ports.get('web'))).size).toBe(2);
  });

  it('fails if there are no free ports', async () => {
    const wanted = [{ name: 'web', host: '192.0.2.1', port: 65_530 }];
    await expect(reservePorts(wanted)).rejects.toMatchObject({ code: 'SPOOKY_CLI_NO_FREE_PORTS' });
  });
});

it('picks free ports below the ephemeral range', async () => {
  const ports = await freePorts(3);
  expect(new Set(ports).size).toBe(3);
  for (const port of ports) {
    expect(port).toBeLessThan(32_768);
    expect(await acceptsConnections({ host, port })).toBe(false);
  }
});

async function freePorts(count: number): Promise<number[]> {
  const wanted = Array.from({ length: count }, (_, index) => ({ name: String(index), host, port: 1 }));
  const reserved = await reserveFreePorts(wanted);
  await reserved.releaseAll();
  return [...reserved.ports.values()];
}
