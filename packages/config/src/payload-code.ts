import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import standalone from 'ajv/dist/standalone/index.js';
import { type CheckForm, compileSchema, createAjv } from './payload-ajv.ts';
import { withCounts } from './payload-work.ts';
import type { JsonSchema } from './subschemas.ts';

/** The request schema of each route, by backend and path. */
export type RequestSchemas = Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;

/** How the code of Ajv refers to its functions. A schema cannot contain this, because its texts are quoted and escaped. */
const REQUIRE = /\brequire\("((?:ajv|ajv-formats)\/dist\/[\w./-]+|fast-deep-equal)"\)/g;
/** The lines of Ajv's module that have no meaning inside a function. */
const MODULE_SYNTAX = /^(?:"use strict";|export (?=const payload\d+ = ))/gm;

/**
 * Compiles request schemas to the text of an ES module, which needs no `eval` and no other module. It exports
 * `payloads`: for each backend and path the two functions of a `CompiledRequest`. `first` has the same code as the check
 * of a server, so that its verdict is the same.
 *
 * @throws Error if a schema is invalid
 */
export function payloadCode(schemas: RequestSchemas): string {
  const routes = Object.values(schemas).flatMap((backend) => Object.values(backend));
  const first = checksOf(routes, 'first');
  const all = checksOf(routes, 'all');
  let count = 0;
  const backends = Object.entries(schemas).map(([backend, paths]) => {
    const members = Object.keys(paths).map((path) => {
      const name = `payload${count++}`;
      return `    [${JSON.stringify(path)}]: { first: first.${name}, all: all.${name} },\n`;
    });
    return `  [${JSON.stringify(backend)}]: {\n${members.join('')}  },\n`;
  });
  return `${runtimeOf(first + all)}const first = ${linked(first)};
const all = ${linked(all)};

/** The checks of each route, by backend and path. */
export const payloads = {
${backends.join('')}};
`;
}

/** Returns an expression: an object with the check of each schema, named `payload0` and so on. */
function checksOf(schemas: readonly JsonSchema[], errors: CheckForm['errors']): string {
  const ajv = createAjv({ errors, source: true });
  const names = schemas.map((_, index) => `payload${index}`);
  for (const [index, name] of names.entries()) compileSchema(ajv, withCounts(schemas[index] ?? {}), name);
  const code = standalone.default(ajv, Object.fromEntries(names.map((name) => [name, name])));
  return `(() => {\n${code.replace(MODULE_SYNTAX, '').trim()}\nreturn { ${names.join(', ')} };\n})()`;
}

/** Returns the functions of Ajv that the checks call, from the files of Ajv. */
function runtimeOf(checks: string): string {
  const files = new Map<string, string>();
  const collect = (code: string, requiredBy: string): void => {
    for (const [, id = ''] of code.matchAll(REQUIRE)) {
      if (files.has(id)) continue;
      const file = createRequire(requiredBy).resolve(id);
      const text = readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
      files.set(id, text);
      collect(text, file);
    }
  };
  collect(checks, import.meta.filename);
  if (files.size === 0) return '';
  const functions = [...files].map(
    ([id, text]) => `  ${JSON.stringify(id)}(module, exports) {\n${linked(text).trim()}\n  },\n`,
  );
  return `// The functions of ajv, ajv-formats and fast-deep-equal that the checks call. MIT License, © their authors.
const sources = {
${functions.join('')}};
const loaded = {};
function linked(id) {
  if (loaded[id] === undefined) {
    loaded[id] = { exports: {} };
    sources[id](loaded[id], loaded[id].exports);
  }
  return loaded[id].exports;
}

`;
}

function linked(code: string): string {
  return code.replace(REQUIRE, (_, id: string) => `linked(${JSON.stringify(id)})`);
}
