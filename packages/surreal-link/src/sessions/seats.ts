/*
 * Which connection a user session is attached to. A seat is one place on one wire; it is taken before the server is asked
 * and freed when the server has confirmed, so that a connection never holds more sessions than it may.
 */
import type { Connection } from '../connection/connection.ts';
import type { Wire } from '../connection/wire.ts';
import { closed, LinkError } from '../errors.ts';

/** A place on a connection. */
export interface Seat {
  /** The wire it is on; waits for one if the connection is away. */
  wire(): Promise<Wire>;
  /** Frees the place. May be called again. */
  free(): void;
}

/** Has a seat and can be asked to leave it. */
export interface Sitter {
  /** Queries under way: it cannot leave now. */
  readonly busy: boolean;
  /** Detaches from the server and frees the seat. Never throws. */
  leave(): Promise<void>;
}

interface Row {
  readonly connection: Connection;
  wasOpen: boolean;
  /** Each seat with the wire it is on; undefined while it waits for one. */
  readonly taken: Map<Seat, Wire | undefined>;
}

export interface SeatsOptions {
  readonly connections: number;
  readonly sessionsPerConnection: number;
  readonly waitMs: number;
  /** For a connection that was never open before: a session waits for it at least this long. */
  readonly connectTimeoutMs: number;
  readonly connect: (isFirst: boolean) => Connection;
}

export class Seats {
  readonly #options: SeatsOptions;
  readonly #rows: Row[] = [];
  /** The least recently used first. */
  readonly #sitters = new Set<Sitter>();
  #isClosed = false;

  constructor(options: SeatsOptions) {
    this.#options = options;
  }

  get size(): { connections: number; sessions: number } {
    return { connections: this.#rows.length, sessions: this.#rows.reduce((sum, { taken }) => sum + taken.size, 0) };
  }

  /** The first connection, made if there is none yet. */
  first(): Connection {
    return (this.#rows[0] ?? this.#addRow()).connection;
  }

  /**
   * A free seat on the emptiest connection, on another connection, or in place of the session that was idle for longest.
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

  /** It was used just now. */
  touch(sitter: Sitter): void {
    this.#sitters.delete(sitter);
    this.#sitters.add(sitter);
  }

  /** It has no seat any more. */
  forget(sitter: Sitter): void {
    this.#sitters.delete(sitter);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#rows.map(({ connection }) => connection.close()));
    this.#rows.length = 0;
    this.#sitters.clear();
  }

  /** Of those with room, connected ones first, then the one with the fewest sessions. */
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
    // With a wire all of its sessions are gone, for the server too.
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
  const message = 'every user session has a query under way; try again in a moment, or allow more connections';
  return new LinkError('SPOOKY_LINK_SESSIONS_FULL', message);
}
