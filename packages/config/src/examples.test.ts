import { expect, it } from 'vitest';
import type { z } from 'zod';
import { fileSchema } from './schema.ts';

/** Messages say "write for example …", so what they name must be accepted. Examples of mappings show only some keys. */
it('accepts every example of a single value', () => {
  const examples = leaves(fileSchema);
  for (const { schema, example, path } of examples) {
    expect(schema.safeParse(example).success, `${path}: ${JSON.stringify(example)}`).toBe(true);
  }
  expect(examples.length).toBeGreaterThan(25);
});

interface Leaf {
  readonly schema: z.ZodType;
  readonly example: unknown;
  readonly path: string;
}

function leaves(schema: z.ZodType, path = ''): Leaf[] {
  const found = (schema.meta()?.examples ?? []) as unknown[];
  const own = found.filter((example) => typeof example !== 'object').map((example) => ({ schema, example, path }));
  // The types of zod do not name all parts of a definition.
  const {
    shape = {},
    options = [],
    innerType,
    element,
    valueType,
    in: input,
  } = schema.def as unknown as {
    shape?: Record<string, z.ZodType>;
    options?: z.ZodType[];
    innerType?: z.ZodType;
    element?: z.ZodType;
    valueType?: z.ZodType;
    in?: z.ZodType;
  };
  const inner = [...options, innerType, element, valueType, input].filter((one) => one !== undefined);
  return [
    ...own,
    ...inner.flatMap((one) => leaves(one, path)),
    ...Object.entries(shape).flatMap(([key, one]) => leaves(one, `${path}.${key}`)),
  ];
}
