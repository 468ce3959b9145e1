/*
 * Every number of the gateway that is not part of the wire format (wire/limits.ts). Times are in milliseconds.
 */

export const LIMITS = {
  /** A stop waits so long for what the database has not answered yet; then it closes the connections under it. */
  stopMs: 2_000,
  session: {
    /** How long an engine token is good for. */
    tokenMs: 5 * 60_000,
    /** A session that is not renewed ends after this, unless the access has a DURATION FOR GRANT. */
    lifetimeMs: 30 * 24 * 3_600_000,
    /** How often a client renews its session. */
    renewMs: 3_600_000,
    /** Sign-ins and sign-ups of one address in a minute. */
    signInsPerMinute: 30,
    /** Failed sign-ins to one account in a minute: from one address, and from all. */
    failuresPerMinute: 10,
    failuresPerMinuteOfAll: 100,
    /** Sign-ins that the database works on at once; it hashes passwords, which takes a processor each. */
    signInsAtOnce: 4,
    /** Sign-ins that wait for their turn: all, and of one address. */
    signInsWaiting: 256,
    signInsWaitingPerAddress: 16,
    /** A sign-in waits at most so long. */
    signInWaitMs: 10_000,
    /** Writes and readings of one user that the database works on at once, all sockets together; others wait. */
    queriesAtOnce: 4,
    /** How often expired sessions are deleted, and how many at a time. */
    sweepMs: 60_000,
    sweepPortion: 100,
    /** Other POSTs of one address in a minute. */
    postsPerMinute: 240,
    /** One request body, in bytes. */
    bodyMaxBytes: 65_536,
  },
  socket: {
    /** Open sockets: all, and of one user. */
    max: 10_000,
    maxPerUser: 64,
    /** Sessions that are looked up at once for sockets that open. */
    lookUpsAtOnce: 1_000,
    /** Refused sockets that have not closed yet; what is beyond is cut off without a reason. */
    refusedMax: 1_000,
    /** Frames of one user, all sockets of this gateway together; of one socket see wire/limits.ts. */
    framesPerUserPerSecond: 400,
    framesPerUserBurst: 4_000,
    /** Above so many unsent bytes a socket gets no deltas, and one snapshot when it has read. */
    unsentMaxBytes: 1_048_576,
    /** A socket that is behind for longer is closed. */
    behindMaxMs: 30_000,
    /** A peer that neither answers a ping nor reads anything until the next one is gone. */
    pingMs: 20_000,
    /** How often every open socket's session is looked up, for ends that no round reports. */
    recheckMs: 60_000,
    /** Writes under way on one socket. */
    writesMax: 32,
  },
  writes: {
    /** Writes of one user, all sockets of this gateway together: in the long run, and at once after a pause. */
    perSecond: 100,
    burst: 1_000,
    /** When to send a write again that was one too many. */
    retryMs: 500,
  },
  requests: {
    /** Writes of one user to jobs that exist, that is to ask for a cancel or a retry; they count as writes as well. */
    perSecond: 10,
    burst: 50,
    retryMs: 500,
  },
  changes: {
    /** A round shows at most so many ids of the inbox, those that a bulk writer put into one entry counted one by one; with more it is a reset. */
    idsShown: 20_000,
    /** A round moves entries with at most so many ids to a batch; more wait for the next one. */
    idsPerRound: 5_000,
    /** More ids than this are one `reset` batch. */
    resetIds: 20_000,
    /** A fast round reads entries made from so long ago on. */
    recentMs: 5_000,
    /** A full scan finds entries of transactions that were open for longer. */
    fullScanMs: 5_000,
    /** Without a write signal, an idle gateway looks this often. */
    pollMs: 50,
    /** Rounds take this share of all time, and so long at once when little was written before; then they rest. */
    roundShare: 0.25,
    burstMs: 250,
    /** The rest after a round is never longer; what one reader can do to a round is bounded by views.readerMs. */
    restMaxMs: 1_000,
    /** How often the schema is compared with the last one read. */
    schemaPollMs: 1_000,
    /** Batches are kept for gateways that are this far behind. */
    batchKeepMs: 60_000,
    /** A gateway that sees an entry wait for so long makes the batch itself. */
    takeOverMs: 500,
  },
  views: {
    /** Bytes of the rows of all views, and of those of one reader: a shared view counts in full for each of its readers. */
    maxBytes: 256 * 1_048_576,
    maxBytesPerReader: 32 * 1_048_576,
    /** Views that only the engine can decide: at most so many, of one reader as well, each read at most this often. */
    engineMax: 200,
    engineMaxPerReader: 32,
    engineMs: 1_000,
    /** One view's statement may take so long. */
    statementMs: 2_000,
    /** What one reader's views may take of the rounds at once, and as a share of all time, while there are other readers. */
    readerMs: 250,
    /** What one reader's views may take of one round. */
    readerRoundMs: 2_000,
    readerShare: 0.1,
    /** A round reads no more views after so long; the rest wait for the next one. */
    roundMs: 5_000,
    /** Views that are read for the first time wait for another round, if this one has read for so long. */
    firstReadsMs: 500,
    /** A view without subscribers is kept for so long. */
    lingerMs: 2_000,
    /** One of so many first snapshots is compared with what the user's own engine session selects. */
    proofSample: 1_000,
  },
} as const;
