/* All limits of the gateway that are not part of the wire format (see wire/limits.ts). Times are in milliseconds. */

export const LIMITS = {
  /** How long a stop waits for pending database queries before it closes the connections. */
  stopMs: 2_000,
  session: {
    /** How long an engine token is valid. Also how far this machine's clock may be behind the database's. */
    tokenMs: 3_600_000,
    /** How long a session lasts without a renewal, unless the access has a DURATION FOR GRANT. */
    lifetimeMs: 30 * 24 * 3_600_000,
    /** How often a client renews its session. */
    renewMs: 3_600_000,
    /** Sign-ins and sign-ups per minute from one address. */
    signInsPerMinute: 30,
    /** Failed sign-ins per minute to one account: from one address, and from all addresses. */
    failuresPerMinute: 10,
    failuresPerMinuteOfAll: 100,
    /** Sign-ins that the database works on at once. It hashes passwords, and each hash occupies a processor. */
    signInsAtOnce: 4,
    /** Sign-ins that wait in the queue: in total, and from one address. */
    signInsWaiting: 256,
    signInsWaitingPerAddress: 16,
    /** How long a sign-in waits in the queue at most. */
    signInWaitMs: 10_000,
    /** Queries of one user that the database works on at once, counted over all sockets; further ones wait. */
    queriesAtOnce: 4,
    /** How often expired sessions are deleted, and how many at a time. */
    sweepMs: 60_000,
    sweepPortion: 100,
    /** Other POST requests per minute from one address. */
    postsPerMinute: 240,
  },
  socket: {
    /** Open sockets: in total, and of one user. */
    max: 10_000,
    maxPerUser: 64,
    /** Session lookups at once for sockets that are opening. */
    lookUpsAtOnce: 1_000,
    /** Refused sockets whose closing handshake is not finished. Further ones are cut off without a reason. */
    refusedMax: 1_000,
    /** Frames of one user, counted over all sockets of this gateway. The limit per socket is in wire/limits.ts. */
    framesPerUserPerSecond: 400,
    framesPerUserBurst: 4_000,
    /**
     * A socket with more unsent bytes than this gets no deltas, and its writes are refused; when it has read, it gets one
     * snapshot.
     */
    unsentMaxBytes: 1_048_576,
    /** A socket that stays behind for longer than this is closed. */
    behindMaxMs: 30_000,
    /**
     * How often sockets are pinged. A peer that by the next ping has neither answered nor read anything is
     * disconnected.
     */
    pingMs: 20_000,
    /** How often the session of every open socket is checked, to find ends that no round reports. */
    recheckMs: 60_000,
    /**
     * A gateway that stops closes this many sockets every `closePortionMs`, or more if it would need longer than
     * `closeMaxMs`.
     */
    closePortionMin: 20,
    closePortionMs: 50,
    closeMaxMs: 2_000,
    /** Unanswered writes on one socket. */
    writesMax: 32,
  },
  writes: {
    /**
     * Writes of one user, counted over all sockets of this gateway: per second in the long run, and at once after a
     * pause.
     */
    perSecond: 100,
    burst: 1_000,
    /** When a client may repeat a write that exceeded the limit. */
    retryMs: 500,
  },
  receipts: {
    /** How long the receipt of a write is kept. A repeat that is sent later is made as a new write. */
    keepMs: 30 * 24 * 3_600_000,
    /** How often old receipts are deleted, how many at a time, and how often in a row. */
    sweepMs: 60_000,
    sweepPortion: 200,
    sweepPortions: 500,
  },
  requests: {
    /** Updates of one user to existing jobs, which ask for a cancel or a retry. They count as writes as well. */
    perSecond: 10,
    burst: 50,
    retryMs: 500,
  },
  changes: {
    /** The most ids that a round shows; each id in a bulk writer's entry counts. Above this, the round is a reset. */
    idsShown: 20_000,
    /** The most ids that one round moves into a batch; further entries wait for the next round. */
    idsPerRound: 5_000,
    /** A batch with more ids than this is a `reset` batch. */
    resetIds: 20_000,
    /** A fast round reads the entries of this last period, unless a client was promised older ones. */
    recentMs: 5_000,
    /** How often the whole inbox is read, to find entries of transactions that were open for longer than `recentMs`. */
    fullScanMs: 5_000,
    /** How often an idle gateway polls when there is no write signal. */
    pollMs: 50,
    /**
     * The share of the engine's time that rounds take, and the burst they may take at once after a quiet period. Beyond
     * that, rounds pause.
     */
    roundShare: 0.25,
    burstMs: 250,
    /** The longest pause after a round. views.readerMs limits how much one reader can slow a round down. */
    pauseMaxMs: 1_000,
    /** How often the schema is compared with the last one read. */
    schemaPollMs: 1_000,
    /** How long batches are kept, for gateways that fall behind. */
    batchKeepMs: 60_000,
    /**
     * How long entries stay in the inbox after they were shown, and how many. Far below `takeOverMs`, so that no other
     * gateway takes over.
     */
    moveMs: 150,
    moveEntries: 64,
    /** If an entry waits for this long without a batch, another gateway makes the batch. */
    takeOverMs: 500,
  },
  views: {
    /**
     * Bytes of rows: of all views, and of the views of one reader. A shared view counts in full for each of its
     * readers.
     */
    maxBytes: 256 * 1_048_576,
    maxBytesPerReader: 32 * 1_048_576,
    /** Views that only the engine can evaluate: in total, of one reader, and how often each is read at most. */
    engineMax: 200,
    engineMaxPerReader: 32,
    engineMs: 1_000,
    /** The time limit of one view's statement. */
    statementMs: 2_000,
    /**
     * The time that one reader's views may take of rounds: at once, and (readerShare) as a share of all time. Applies
     * while there are other readers.
     */
    readerMs: 250,
    /** The time that one reader's views may take of one round. */
    readerRoundMs: 2_000,
    readerShare: 0.1,
    /** After this time, a round reads no further views; the rest wait for the next round. */
    roundMs: 5_000,
    /** The time of a round for views that are read for the first time; further ones wait for the next round. */
    firstReadsMs: 500,
    /** How long a view without subscribers is kept. */
    lingerMs: 2_000,
    /** One of this many first snapshots is compared with what the user's own engine session selects. */
    proofSample: 1_000,
  },
} as const;
