// `npm run schema`: writes sp00ky.schema.json from schema.ts.
import { writeFile } from 'node:fs/promises';
import { publishedJsonSchema } from './json-schema.ts';

await writeFile(
  new URL('../sp00ky.schema.json', import.meta.url),
  `${JSON.stringify(publishedJsonSchema(), undefined, 2)}\n`,
);
