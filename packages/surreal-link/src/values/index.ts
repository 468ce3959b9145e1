/** Values of SurrealDB as texts and as JSON. It runs in Node and in browsers. */

/** Datetimes to the nanosecond. */
export { parseDateTime, textOfDate, textOfDateTime } from './datetime-text.ts';
export { isPlain } from './is-plain.ts';
/** The JSON in which a payload is delivered. */
export { jsonFormOf } from './json-form.ts';
export { textOfRecordId } from './record-id-text.ts';
/** Which keys the engine can store and read again. */
export { isRecordKey, mayBreakKey, RECORD_KEY_RULE } from './record-key.ts';
/** Walks values that may be anything. */
export { classOf, type ValueIssue, ValueWalk, type Walked, type WalkLimits } from './value-walk.ts';
