/**
 * Assigns user sessions to connections. A slot is room for one session on a connection. It is acquired before the
 * server is asked and released when the server has confirmed the end of the session, so a connection never holds more
 * sessions than it may.
 */
import type { Connection } from '../connection/connection.ts';
import type { DatabaseSocket } from '../connection/database-socket.ts';
import { closed, LinkError } from '../errors.ts';

/** Room for one session on a connection. */
export interface Slot {
  /** The connection's socket. Waits for one if the connection is away. */
  socket(): Promise<DatabaseSocket>;
  /** Releases the slot. Safe to call again. */
  release(): void;
}

/** A session that has a slot and can be evicted from it. */
export interface SlotHolder {
  /** Whether queries are in flight, so that it cannot be evicted now. */
  readonly busy: boolean;
  /** Detaches the session from the server and releases the slot. Never throws. */
  evict(): Promise<void>;
}

interface PooledConnection {
  readonly connection: Connection;
  wasOpen: boolean;
  /** The socket that each slot is on; undefined while the slot waits for one. */
  readonly slots: Map<Slot, DatabaseSocket | undefined>;
}

/** Options of {@link SessionSlots}. Times are in milliseconds. */
export interface SessionSlotsOptions {
  readonly connections: number;
  readonly sessionsPerConnection: number;
  readonly waitMs: number;
  /** How long a session waits at least for a connection that has never been open. */
  readonly connectTimeoutMs: number;
  readonly connect: (isFirst: boolean) => Connection;
}

export class SessionSlots {
  readonly #options: SessionSlotsOptions;
  readonly #connections: PooledConnection[] = [];
  /** In the order of their last use, the oldest first. */
  readonly #holders = new Set<SlotHolder>();
  #isClosed = false;

  constructor(options: SessionSlotsOptions) {
    this.#options = options;
  }

  get size(): { connections: number; sessions: number } {
    return {
      connections: this.#connections.length,
      sessions: this.#connections.reduce((sum, { slots }) => sum + slots.size, 0),
    };
  }

  /** The first connection. Creates it if necessary. */
  first(): Connection {
    return (this.#connections[0] ?? this.#addConnection()).connection;
  }

  /**
   * A free slot on the connection with the fewest sessions, on a new connection, or in place of the session that was
   * idle longest.
   *
   * @throws LinkError SPOOKY_LINK_SESSIONS_FULL, SPOOKY_LINK_CLOSED
   */
  async acquire(): Promise<Slot> {
    for (;;) {
      if (this.#isClosed) throw closed('this pool');
      const pooled =
        this.#connectionWithRoom() ??
        (this.#connections.length < this.#options.connections ? this.#addConnection() : undefined);
      if (pooled) return this.#slotOn(pooled);
      const idle = this.#longestIdle();
      if (idle === undefined) throw full();
      this.#holders.delete(idle);
      await idle.evict();
    }
  }

  /** Records that the session was used just now. */
  touch(holder: SlotHolder): void {
    this.#holders.delete(holder);
    this.#holders.add(holder);
  }

  /** Records that the session has no slot any more. */
  remove(holder: SlotHolder): void {
    this.#holders.delete(holder);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#connections.map(({ connection }) => connection.close()));
    this.#connections.length = 0;
    this.#holders.clear();
  }

  /** Among connections with room: connected ones first, then the one with the fewest sessions. */
  #connectionWithRoom(): PooledConnection | undefined {
    const { sessionsPerConnection } = this.#options;
    const isAway = ({ connection }: PooledConnection): number => (connection.current ? 0 : 1);
    return this.#connections
      .filter(({ slots }) => slots.size < sessionsPerConnection)
      .sort((a, b) => isAway(a) - isAway(b) || a.slots.size - b.slots.size)[0];
  }

  #longestIdle(): SlotHolder | undefined {
    for (const holder of this.#holders) if (!holder.busy) return holder;
    return undefined;
  }

  #addConnection(): PooledConnection {
    const pooled: PooledConnection = {
      connection: this.#options.connect(this.#connections.length === 0),
      wasOpen: false,
      slots: new Map(),
    };
    // When a socket ends, its sessions end on the server too.
    pooled.connection.onConnected((socket) => {
      pooled.wasOpen = true;
      socket.lost.addEventListener('abort', () => {
        for (const [slot, on] of pooled.slots) if (on === socket) pooled.slots.delete(slot);
      });
    });
    this.#connections.push(pooled);
    return pooled;
  }

  #slotOn(pooled: PooledConnection): Slot {
    const { connection, slots, wasOpen } = pooled;
    const { waitMs, connectTimeoutMs } = this.#options;
    const slot: Slot = {
      async socket() {
        const socket = await connection.socket(wasOpen ? waitMs : Math.max(waitMs, connectTimeoutMs));
        slots.set(slot, socket);
        return socket;
      },
      release: () => void slots.delete(slot),
    };
    slots.set(slot, undefined);
    return slot;
  }
}

function full(): LinkError {
  const message =
    'every user session of the pool has a query in flight; try again in a moment, or allow more connections';
  return new LinkError('SPOOKY_LINK_SESSIONS_FULL', message);
}
