/** Limits that both sides know: a client refuses before it sends. */

/** One frame from a client, in bytes of UTF-8. */
export const FRAME_MAX_BYTES = 262_144;
/** Frames that a socket may send per second, and at once. A frame counts once for every FRAME_UNIT_BYTES that it begins. */
export const FRAMES_PER_SECOND = 100;
export const FRAMES_BURST = 400;
export const FRAME_UNIT_BYTES = 4_096;
/** One JSON payload of a job, in bytes of UTF-8. */
export const PAYLOAD_MAX_BYTES = 65_536;
/** The longest delay of a job, in milliseconds: 365 days. The rule of the outbox for new jobs has the same limit. */
export const DELAY_MAX_MS = 31_536_000_000;
/** Levels of arrays and objects in one value. */
export const VALUE_MAX_DEPTH = 32;
/** Conditions of one plan, all nodes together. A group is one as well. */
export const CONDITIONS_MAX = 200;
/** Values of every `in` of one plan, all nodes together. */
export const IN_MAX = 1_000;
/** Nodes of one plan. */
export const NODES_MAX = 32;
/** Levels of relations and of conditions within each other; the plan itself is the first one. */
export const NESTING_MAX = 8;
/** Rows of one view, all nodes together. */
export const ROWS_MAX = 10_000;
/** Subscriptions of one socket. */
export const SUBSCRIPTIONS_MAX = 256;
/** The longest record id, in characters of its SurrealQL form. */
export const RECORD_ID_MAX = 255;
