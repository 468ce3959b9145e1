/** The migrations of docs/changing-the-schema.md, run on a database that has threads. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { startServer } from '@spookify/embedded-surreal';
import { withLink } from '@spookify/surreal-link';
import { expect, it, onTestFinished } from 'vitest';
import { migrate } from '../packages/cli/src/migrate/migrate.ts';
import type { SchemaFile } from '../packages/cli/src/migrate/schema-files.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const OWNER = { username: 'root', password: 'owner-of-the-test' };
const THREADS = `DEFINE TABLE OVERWRITE thread SCHEMAFULL PERMISSIONS NONE;
  DEFINE FIELD OVERWRITE title ON thread TYPE string;
`;
const FIELD = 'DEFINE FIELD OVERWRITE language ON thread TYPE option<string>;\n';

it('moves rows and removes a field with the migrations of the page', async () => {
  const page = await readFile(path.join(ROOT, 'docs/changing-the-schema.md'), 'utf8');
  const [fill, remove] = [...page.matchAll(/^```surql\n-- schema\/(\S+)\n([\s\S]*?)^```/gm)].map(
    ([, name = '', text = '']) => file(name, text),
  );
  if (fill === undefined || remove === undefined) throw new Error('the page shows two migrations');
  const server = await startServer({ storage: { type: 'memory' }, root: OWNER });
  onTestFinished(() => server.close());
  const without = file('schema.surql', THREADS, 'schema');
  const withField = file('schema.surql', THREADS + FIELD, 'schema');

  const target = { url: server.url, namespace: 'main', database: 'main', ...OWNER, levels: ['root'] } as const;
  await withLink(target, async (link) => {
    await link.query('DEFINE NAMESPACE IF NOT EXISTS main; USE NS main; DEFINE DATABASE IF NOT EXISTS main');
    await migrate(link, [withField], []);
    await link.query(`CREATE thread:old SET title = 't'`);
    await migrate(link, [withField, fill], []);
    expect(await link.query('SELECT VALUE language FROM thread')).toEqual(['en']);
    await migrate(link, [without, fill, remove], []);
    expect(await link.query('SELECT VALUE object::keys($this) FROM thread')).not.toContainEqual(
      expect.arrayContaining(['language']),
    );
    expect(Object.keys(Object((await link.query('INFO FOR TABLE thread')) as { fields: object }).fields)).not.toContain(
      'language',
    );
  });
});

function file(name: string, text: string, kind: SchemaFile['kind'] = 'migration'): SchemaFile {
  return { kind, name, path: name, text, checksum: createHash('sha256').update(text).digest('hex') };
}
