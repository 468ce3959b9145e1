/** The protocol between a gateway and its clients. It runs in Node and in browsers. */

export { isPlain, jsonFormOf, type ValueIssue } from '@spookify/surreal-link/values';
/** Conditions and orders as the engine decides them. */
export type { Condition } from '../plans/condition.ts';
export { matches } from '../plans/may-match.ts';
/** What can be stored, and the JSON in which a payload is delivered. */
export { checkValue } from '../values/check-value.ts';
export { equalValues, orderOfValues } from '../values/compare.ts';
export type { Truth } from '../values/truth.ts';
export { UNKNOWN } from '../values/unknown.ts';
/** What a client has of a view, as a short text. */
export { type DigestNode, digestOf } from './digest.ts';
/** Error codes, and the codes with which a socket is closed. */
export { CLOSE_REASONS, type WireErrorBody, type WireErrorCode } from './errors.ts';
/** How many frames a frame counts as in the rate of a socket. */
export { frameCost } from './frame-cost.ts';
/** The frames of a socket. */
export {
  type ClientFrame,
  PROTOCOL,
  type ServerFrame,
  type ViewChange,
  type WireRow,
  type WireSplice,
} from './frames.ts';
/** The limits that clients must keep. */
export {
  BODY_MAX_BYTES,
  CONDITIONS_MAX,
  DELAY_MAX_MS,
  FRAME_MAX_BYTES,
  FRAMES_BURST,
  FRAMES_PER_SECOND,
  IN_MAX,
  NESTING_MAX,
  NODES_MAX,
  PAYLOAD_MAX_BYTES,
  RECORD_ID_MAX,
  SUBSCRIPTIONS_MAX,
  VALUE_MAX_DEPTH,
} from './limits.ts';
/** The limits of a payload. */
export { exceededPayloadLimit } from './payload-limit.ts';
/** Reads and writes as data. */
export type {
  WireCondition,
  WireOperator,
  WireOrdering,
  WirePlan,
  WireRelation,
  WireRunOptions,
  WireWrite,
} from './plan.ts';
/** The bodies of the HTTP endpoints. */
export type { SessionAnswer, SignInRequest } from './session.ts';
/** SurrealDB's values as JSON, without loss. */
export { decodeValue, encodeValue, ValueError, type WireRecordId, type WireValue } from './value.ts';
