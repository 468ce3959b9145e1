import { type ReservedPorts, reserveFreePorts, reservePorts, type WantedPort } from '../../ports.ts';

/**
 * Reserves the ports for an edited config. A process that wants the same port as before keeps the one that it has. A new process, or
 * one that wants another port, gets a port at the offset of the rest of the stack.
 */
export async function movePorts(
  reserved: ReservedPorts,
  before: readonly WantedPort[],
  wanted: readonly WantedPort[],
): Promise<ReservedPorts> {
  const isKept = (one: WantedPort) =>
    before.some(({ name, host, port }) => name === one.name && host === one.host && port === one.port);
  const added = wanted.filter((one) => !isKept(one));
  if (added.length === 0) return reserved;
  const { offset } = reserved;
  const fresh = await (offset === undefined
    ? reserveFreePorts(added)
    : reservePorts(added.map((one) => ({ ...one, port: one.port + offset }))));
  const kept = wanted.filter(isKept).map(({ name }) => [name, reserved.ports.get(name) ?? 0] as const);
  return {
    ports: new Map([...kept, ...fresh.ports]),
    offset,
    busy: fresh.busy,
    release: (name) => (fresh.ports.has(name) ? fresh : reserved).release(name),
    async releaseAll() {
      await fresh.releaseAll();
      await reserved.releaseAll();
    },
  };
}
