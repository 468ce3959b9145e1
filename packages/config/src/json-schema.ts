import { z } from 'zod';
import { fileSchema } from './schema.ts';

/**
 * The JSON Schema of sp00ky.yml for editors, made from the definition that validates it. It differs in one thing:
 * where a number belongs, a `${VARIABLE}` may stand too.
 */
export function publishedJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(fileSchema, {
      io: 'input',
      // What YAML language servers understand best.
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
