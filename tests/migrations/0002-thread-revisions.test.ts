/** Tests the migration on threads without revisions. */
import path from 'node:path';
import { startServer } from '@spookify/embedded-surreal';
import { withLink } from '@spookify/surreal-link';
import { expect, it, onTestFinished } from 'vitest';
import { loadWithoutTokens } from '../../packages/cli/src/load-without-tokens.ts';
import { migrate } from '../../packages/cli/src/migrate/migrate.ts';
import { readSchemaFiles, type SchemaFile } from '../../packages/cli/src/migrate/schema-files.ts';

const ROOT = { username: 'root', password: 'owner-of-the-test' };
const REVISION = /DEFINE FIELD OVERWRITE revision ON thread [^;]+;/;

it('gives every thread a revision, so that a save with an older one is refused', async () => {
  const files = await readSchemaFiles(
    await loadWithoutTokens({ cwd: path.resolve(import.meta.dirname, '../..'), env: {} }),
  );
  const before = files
    .filter(({ name }) => !name.includes('0002'))
    .map((file): SchemaFile => ({ ...file, text: file.text.replace(REVISION, ''), checksum: `before ${file.name}` }));
  expect(files.filter(({ text }) => REVISION.test(text))).toHaveLength(1);

  const server = await startServer({ storage: { type: 'memory' }, root: ROOT });
  onTestFinished(() => server.close());
  const target = { url: server.url, namespace: 'main', database: 'old', ...ROOT, levels: ['root'] } as const;
  await withLink(target, async (link) => {
    await link.queryAll('DEFINE NAMESPACE IF NOT EXISTS main; DEFINE DATABASE IF NOT EXISTS old');
    await migrate(
      link,
      before.filter(({ kind }) => kind === 'schema'),
      [],
    );
    await link.queryAll(`CREATE user:ada SET username = 'ada';
      CREATE thread:old SET title = 'old', content = 'c', author = user:ada`);
    expect(await link.query('SELECT VALUE revision FROM ONLY thread:old')).toBeUndefined();

    await migrate(link, files, []);
    expect(await link.query('SELECT VALUE revision FROM ONLY thread:old')).toBe(1);
    await expect(link.query('UPDATE thread:old SET revision = 0')).rejects.toThrow('thread-changed');
  });
});
