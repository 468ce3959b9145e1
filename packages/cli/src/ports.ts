import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { acceptsConnections } from '@spookify/supervisor';
import { CliError } from './errors.ts';

/** A port that the stack needs. */
export interface WantedPort {
  /** `web`, `database`, or a backend's name. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Ports reserved for the stack, so that two stacks that start at the same time get different ones. */
export interface ReservedPorts {
  readonly ports: ReadonlyMap<string, number>;
  /** The number that was added to every wanted port; `undefined` if any free ports were taken. */
  readonly offset: number | undefined;
  /** The wanted ports that were busy. */
  readonly busy: readonly WantedPort[];
  /** Frees one port, right before its process starts. */
  release(name: string): Promise<void>;
  releaseAll(): Promise<void>;
}

/** Clones that run side by side get memorable ports: 3600, 3610, 3620. */
const STEP = 10;
const HIGHEST = 65_535;
/** Below the range from which operating systems assign ephemeral ports. */
const UNASSIGNED = { from: 11_000, to: 30_000 };

/**
 * Reserves the wanted ports. If one is busy, reserves all of them at the same offset.
 *
 * @throws CliError `SPOOKY_CLI_NO_FREE_PORTS` if there is no such offset
 */
export async function reservePorts(wanted: readonly WantedPort[]): Promise<ReservedPorts> {
  let busy: WantedPort[] | undefined;
  const highest = Math.max(0, ...wanted.map(({ port }) => port));
  for (let offset = 0; highest + offset <= HIGHEST; offset += STEP) {
    const tried = await Promise.all(
      wanted.map(async (one) => ({ one, server: await reserve(one.host, one.port + offset) })),
    );
    const servers = new Map(tried.map(({ one, server }) => [one.name, server]));
    busy ??= tried.filter(({ server }) => server === undefined).map(({ one }) => one);
    const reserved = reservedPorts(servers, offset, busy);
    if (tried.every(({ server }) => server !== undefined)) return reserved;
    await reserved.releaseAll();
  }
  const names = wanted.map(({ name, port }) => `${name} ${port}`).join(', ');
  throw new CliError(
    'SPOOKY_CLI_NO_FREE_PORTS',
    `There are no free ports from ${names} upwards; end the programs that use them, or use --ports free.`,
  );
}

/** Reserves any free ports. */
export async function reserveFreePorts(wanted: readonly WantedPort[]): Promise<ReservedPorts> {
  const servers = new Map<string, Server | undefined>();
  for (const { name, host } of wanted) servers.set(name, await reserveAny(host));
  return reservedPorts(servers, undefined, []);
}

function reservedPorts(
  servers: ReadonlyMap<string, Server | undefined>,
  offset: number | undefined,
  busy: readonly WantedPort[],
): ReservedPorts {
  const ports = new Map<string, number>();
  for (const [name, server] of servers) {
    const address = server?.address();
    if (typeof address === 'object' && address !== null) ports.set(name, address.port);
  }
  const release = async (name: string) => {
    const server = servers.get(name);
    if (server?.listening !== true) return;
    server.close();
    await once(server, 'close');
  };
  return {
    ports,
    offset,
    busy,
    release,
    releaseAll: async () => void (await Promise.all([...servers.keys()].map(release))),
  };
}

/** Picks a port that the system does not assign to another program between its release and the start of its process. */
async function reserveAny(host: string): Promise<Server | undefined> {
  for (let tries = 0; tries < 20; tries += 1) {
    const server = await reserve(host, randomInt(UNASSIGNED.from, UNASSIGNED.to));
    if (server !== undefined) return server;
  }
  return reserve(host, 0);
}

/** Reserves a port by listening on it. Returns `undefined` if the port is busy. */
async function reserve(host: string, port: number): Promise<Server | undefined> {
  // Some systems allow a second listener next to one on a wildcard address, so this also checks whether the port answers.
  if (port !== 0 && (await acceptsConnections({ host, port }))) return undefined;
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
