import { z } from 'zod';
import { fileSchema } from './schema.ts';

/**
 * Returns the JSON Schema of sp00ky.yml for editors, made from the definition that validates the file. It differs in
 * one point: in the place of a number it also accepts a `${VARIABLE}`.
 */
export function publishedJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(fileSchema, {
      io: 'input',
      // YAML language servers support this version best.
      target: 'draft-7',
      override: ({ jsonSchema }) => {
        if (jsonSchema.type !== 'integer') return;
        const { type, minimum, maximum, ...notes } = jsonSchema;
        for (const key of ['type', 'minimum', 'maximum'] as const) delete jsonSchema[key];
        Object.assign(jsonSchema, notes, {
          anyOf: [
            { type, minimum, maximum },
            { type: 'string', pattern: '\\$\\{' },
          ],
        });
      },
    }),
  };
}
