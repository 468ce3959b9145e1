import { isMap, isScalar, parseDocument } from 'yaml';

/** The operation of a new route, which its owner replaces. */
const OPERATION = `post:
  operationId: NAME
  summary: Say here what the route does.
  requestBody:
    required: true
    content:
      application/json:
        schema:
          type: object
          additionalProperties: false
          required: [text]
          properties:
            text: { type: string, minLength: 1, maxLength: 10000 }
  responses:
    '200':
      description: Done. The body becomes the job's result.
      content:
        application/json:
          schema:
            type: object
            additionalProperties: false
            required: [answer]
            properties:
              answer: { type: string }
`;

/**
 * Adds a route to the text of an OpenAPI spec. The route takes `{ text }` and answers `{ answer }`. The rest of the
 * text is unchanged, including comments.
 *
 * @returns the new text; `there` if the spec already has the path; `unsupported` if its `paths` are missing or not in
 * block style
 */
export function specWithRoute(text: string, path: string, operationId: string): string | 'there' | 'unsupported' {
  const document = parseDocument(text);
  const paths = document.get('paths', true);
  if (document.errors.length > 0 || !isMap(paths) || !paths.range) return 'unsupported';
  if (paths.items.length === 0) {
    // `paths: {}`: the first route takes the place of the braces.
    const key = text.slice(0, paths.range[0]).trimEnd();
    return `${key}\n${routeText(path, operationId, '  ')}${text.slice(paths.range[1])}`;
  }
  if (paths.flow === true) return 'unsupported';
  if (paths.items.some(({ key }) => isScalar(key) && key.value === path)) return 'there';
  const [first] = paths.items;
  if (!isScalar(first?.key) || !first.key.range) return 'unsupported';
  const lineStart = text.lastIndexOf('\n', first.key.range[0] - 1) + 1;
  const indent = text.slice(lineStart, first.key.range[0]);
  // Text after the last path, such as a comment about the next section, stays behind the new route.
  const end = text.slice(0, paths.range[1]).trimEnd().length;
  return `${text.slice(0, end)}\n${routeText(path, operationId, indent)}${text.slice(end)}`;
}

/** Returns the text of a new OpenAPI spec with one route, which takes `{ text }` and answers `{ answer }`. */
export function specOfRoute(title: string, path: string, operationId: string): string {
  const info = `openapi: 3.1.0\ninfo:\n  title: ${title}\n  version: 0.1.0\n`;
  return `${info}paths:\n${routeText(path, operationId, '  ')}\n`;
}

function routeText(path: string, operationId: string, indent: string): string {
  const lines = OPERATION.replace('NAME', operationId).trimEnd().split('\n');
  return [`${indent}${path}:`, ...lines.map((line) => `${indent}  ${line}`)].join('\n');
}
