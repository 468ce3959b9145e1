import { PAYLOAD_MAX_BRACKETS, PAYLOAD_MAX_BYTES } from './limits.ts';

/**
 * Which limit the JSON of a payload exceeds, as text after "at most"; undefined if none. The rule of the outbox counts
 * in the same way, in texts too.
 */
export function exceededPayloadLimit(json: string): string | undefined {
  if (new TextEncoder().encode(json).length > PAYLOAD_MAX_BYTES) return `${PAYLOAD_MAX_BYTES} bytes of JSON`;
  const brackets = json.match(/[[{]|\.\./g)?.length ?? 0;
  if (brackets > PAYLOAD_MAX_BRACKETS) return `${PAYLOAD_MAX_BRACKETS} lists, objects and opening brackets`;
  return undefined;
}
