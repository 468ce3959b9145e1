/** Limits that client and gateway share: the client refuses before it sends. */

/** The largest frame from a client, in bytes of UTF-8. */
export const FRAME_MAX_BYTES = 262_144;
/**
 * Frames that a socket may send: per second in the long run, and at once. A frame counts once for every
 * FRAME_UNIT_BYTES that it begins.
 */
export const FRAMES_PER_SECOND = 100;
export const FRAMES_BURST = 400;
export const FRAME_UNIT_BYTES = 4_096;
/** The largest body of an HTTP request, such as a sign-in, in bytes of UTF-8. */
export const BODY_MAX_BYTES = 65_536;
/** The largest payload of a job, in bytes of its JSON in UTF-8. */
export const PAYLOAD_MAX_BYTES = 65_536;
/**
 * The most lists and objects in the payload of a job. The rule of the outbox bounds its depth with this number, and counts
 * `[`, `{` and `..` in texts as well.
 */
export const PAYLOAD_MAX_BRACKETS = 1_000;
/** The longest delay of a job, in milliseconds: 365 days. The outbox rule for new jobs has the same limit. */
export const DELAY_MAX_MS = 31_536_000_000;
/** The deepest nesting of arrays and objects in one value. */
export const VALUE_MAX_DEPTH = 32;
/** The most conditions in one plan, over all nodes. A group counts as one as well. */
export const CONDITIONS_MAX = 200;
/** The most values in all `in` conditions of one plan, over all nodes. */
export const IN_MAX = 1_000;
/** The most nodes in one plan. */
export const NODES_MAX = 32;
/** The deepest nesting of relations, and of conditions. The plan itself is the first level. */
export const NESTING_MAX = 8;
/** The most rows in one view, over all nodes. */
export const ROWS_MAX = 10_000;
/** The most subscriptions of one socket. */
export const SUBSCRIPTIONS_MAX = 256;
/** The longest record id, in characters of its SurrealQL form. */
export const RECORD_ID_MAX = 255;
