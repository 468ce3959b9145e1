// `npm run schema`: brings sp00ky.schema.json up to date with schema.ts.
import { writeFile } from 'node:fs/promises';
import { publishedJsonSchema } from './json-schema.ts';

await writeFile(
  new URL('../sp00ky.schema.json', import.meta.url),
  `${JSON.stringify(publishedJsonSchema(), undefined, 2)}\n`,
);
