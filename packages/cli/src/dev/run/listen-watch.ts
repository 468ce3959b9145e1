import { acceptsConnections, type LifecycleEvent, type Readiness } from '@spookify/supervisor';
import type { Reporter } from '../../output/reporter.ts';
import { addressOf } from '../plan/placement.ts';
import type { Plan } from '../plan/plan.ts';

/** How long a command may take to listen before the warning, in milliseconds. Dev servers usually take less than a second. */
const LISTEN_MS = 5000;

/**
 * Warns once per start if a command runs but nothing listens on its port. This often means that the command ignores PORT. The start
 * is not aborted.
 *
 * @param plan returns the current plan
 */
export function createListenWatch(
  reporter: Reporter,
  plan: () => Plan,
): { see(event: LifecycleEvent): void; close(): void } {
  /** By process id of the supervisor. */
  const timers = new Map<string, NodeJS.Timeout>();
  const look = async (name: string, processId: string) => {
    const readiness = plan().commands.find((command) => command.name === name)?.ready;
    const address = readiness && listeningPlace(readiness);
    if (address === undefined || (await acceptsConnections(address)) || !timers.delete(processId)) return;
    const place = `${address.host}:${address.port}`;
    reporter.note('warn', `${name}: nothing listens on ${place}; does it use PORT?`);
  };
  return {
    see({ type, kind, processId, state }) {
      if (state === 'starting' && type === 'command') {
        timers.set(
          processId,
          setTimeout(() => void look(kind, processId), LISTEN_MS),
        );
        return;
      }
      clearTimeout(timers.get(processId));
      timers.delete(processId);
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

function listeningPlace(readiness: Readiness): { host: string; port: number } | undefined {
  if (readiness.type === 'port') return { host: readiness.host ?? '127.0.0.1', port: readiness.port };
  return readiness.type === 'http' ? addressOf(readiness.url) : undefined;
}
