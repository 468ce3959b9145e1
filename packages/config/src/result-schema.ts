import { bundleSchema, type OpenApiVersion, resolveReference } from './openapi-schema.ts';
import { valueAt } from './schema-lookup.ts';
import type { PathSegment } from './source.ts';
import type { JsonSchema } from './subschemas.ts';

/** `200`, and the range `2XX`. */
const SUCCESS = /^2(?:\d\d|XX)$/i;

/**
 * The schema of an operation's JSON answer, self-contained: that of the lowest 2xx status with a JSON body. The range
 * `2XX` comes last.
 *
 * Only a type is made from it, and no answer is checked. So a schema that cannot be used is no error of the spec, and
 * there is none then.
 *
 * @param at the place of the operation
 * @param isJson whether a media type is JSON
 */
export function resultSchema(
  root: unknown,
  version: OpenApiVersion,
  at: readonly PathSegment[],
  isJson: (mediaType: string) => boolean,
): JsonSchema | undefined {
  for (const status of statusesOf(at.reduce<unknown>(valueAt, root))) {
    const response = resolveReference(root, [...at, 'responses', status]);
    if ('fault' in response) continue;
    const content = valueAt(response.value, 'content');
    const mediaType = typeof content === 'object' && content !== null ? Object.keys(content).find(isJson) : undefined;
    if (mediaType === undefined) continue;
    const bundled = bundleSchema(root, [...response.at, 'content', mediaType, 'schema'], version);
    return 'fault' in bundled ? undefined : bundled.schema;
  }
  return undefined;
}

function statusesOf(operation: unknown): string[] {
  const responses = valueAt(operation, 'responses');
  if (typeof responses !== 'object' || responses === null) return [];
  // Digits sort before letters.
  return Object.keys(responses)
    .filter((status) => SUCCESS.test(status))
    .toSorted();
}
