/**
 * Assigns user sessions to connections. A slot is room for one session on a connection. It is acquired before the
 * server is asked and released when the server has confirmed the end of the session, so a connection never holds more
 * sessions than it may.
 */
import type { Connection } from '../connection/connection.ts';
import type { Wire } from '../connection/wire.ts';
import { closed, LinkError } from '../errors.ts';

/** Room for one session on a connection. */
export interface Seat {
  /** The connection's socket. Waits for one if the connection is away. */
  wire(): Promise<Wire>;
  /** Releases the slot. Safe to call again. */
  free(): void;
}

/** A session that has a slot and can be evicted from it. */
export interface Sitter {
  /** Whether queries are in flight, so that it cannot be evicted now. */
  readonly busy: boolean;
  /** Detaches the session from the server and releases the slot. Never throws. */
  leave(): Promise<void>;
}

interface Row {
  readonly connection: Connection;
  wasOpen: boolean;
  /** The socket that each slot is on; undefined while the slot waits for one. */
  readonly taken: Map<Seat, Wire | undefined>;
}

/** Options of {@link SessionSlots}. Times are in milliseconds. */
export interface SeatsOptions {
  readonly connections: number;
  readonly sessionsPerConnection: number;
  readonly waitMs: number;
  /** How long a session waits at least for a connection that has never been open. */
  readonly connectTimeoutMs: number;
  readonly connect: (isFirst: boolean) => Connection;
}

export class Seats {
  readonly #options: SeatsOptions;
  readonly #rows: Row[] = [];
  /** In the order of their last use, the oldest first. */
  readonly #sitters = new Set<Sitter>();
  #isClosed = false;

  constructor(options: SeatsOptions) {
    this.#options = options;
  }

  get size(): { connections: number; sessions: number } {
    return { connections: this.#rows.length, sessions: this.#rows.reduce((sum, { taken }) => sum + taken.size, 0) };
  }

  /** The first connection. Creates it if necessary. */
  first(): Connection {
    return (this.#rows[0] ?? this.#addRow()).connection;
  }

  /**
   * A free slot on the connection with the fewest sessions, on a new connection, or in place of the session that was
   * idle longest.
   *
   * @throws LinkError SPOOKY_LINK_SESSIONS_FULL, SPOOKY_LINK_CLOSED
   */
  async take(): Promise<Seat> {
    for (;;) {
      if (this.#isClosed) throw closed('this pool');
      const row = this.#emptiest() ?? (this.#rows.length < this.#options.connections ? this.#addRow() : undefined);
      if (row) return this.#sit(row);
      const idle = this.#longestIdle();
      if (idle === undefined) throw full();
      this.#sitters.delete(idle);
      await idle.leave();
    }
  }

  /** Records that the session was used just now. */
  touch(sitter: Sitter): void {
    this.#sitters.delete(sitter);
    this.#sitters.add(sitter);
  }

  /** Records that the session has no slot any more. */
  forget(sitter: Sitter): void {
    this.#sitters.delete(sitter);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#rows.map(({ connection }) => connection.close()));
    this.#rows.length = 0;
    this.#sitters.clear();
  }

  /** Among connections with room: connected ones first, then the one with the fewest sessions. */
  #emptiest(): Row | undefined {
    const { sessionsPerConnection } = this.#options;
    const isAway = ({ connection }: Row): number => (connection.current ? 0 : 1);
    return this.#rows
      .filter(({ taken }) => taken.size < sessionsPerConnection)
      .sort((a, b) => isAway(a) - isAway(b) || a.taken.size - b.taken.size)[0];
  }

  #longestIdle(): Sitter | undefined {
    for (const sitter of this.#sitters) if (!sitter.busy) return sitter;
    return undefined;
  }

  #addRow(): Row {
    const row: Row = {
      connection: this.#options.connect(this.#rows.length === 0),
      wasOpen: false,
      taken: new Map(),
    };
    // When a socket ends, its sessions end on the server too.
    row.connection.onConnected((wire) => {
      row.wasOpen = true;
      wire.lost.addEventListener('abort', () => {
        for (const [seat, on] of row.taken) if (on === wire) row.taken.delete(seat);
      });
    });
    this.#rows.push(row);
    return row;
  }

  #sit(row: Row): Seat {
    const { connection, taken, wasOpen } = row;
    const { waitMs, connectTimeoutMs } = this.#options;
    const seat: Seat = {
      async wire() {
        const wire = await connection.wire(wasOpen ? waitMs : Math.max(waitMs, connectTimeoutMs));
        taken.set(seat, wire);
        return wire;
      },
      free: () => void taken.delete(seat),
    };
    taken.set(seat, undefined);
    return seat;
  }
}

function full(): LinkError {
  const message =
    'every user session of the pool has a query in flight; try again in a moment, or allow more connections';
  return new LinkError('SPOOKY_LINK_SESSIONS_FULL', message);
}
