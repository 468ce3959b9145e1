import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A free port below the range that Linux and other systems assign automatically (from 32,768 on), so that no other
 * program gets it between a server's end and its next start.
 */
export async function reusablePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = createServer().listen(port, '127.0.0.1');
    const free = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    await new Promise((closed) => probe.close(closed));
    return port;
  }
}
