import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { namedOutboxes } from './named-outboxes.ts';

async function named(text: string): Promise<unknown> {
  const root = await mkdtemp(path.join(tmpdir(), 'spooky-outboxes-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await writeFile(path.join(root, 'sp00ky.yml'), text);
  const { config, schema, outboxes } = await namedOutboxes({ cwd: root, env: { TABLE: 'b_job' } });
  const seen = (file: string): string => path.relative(root, file);
  return {
    config: seen(config),
    schema: seen(schema),
    outboxes: outboxes.map((outbox) => (outbox.file === undefined ? outbox : { ...outbox, file: seen(outbox.file) })),
  };
}

test('names the table and file of each backend, if the config has them', async () => {
  const config = `
schema: ./db
backends:
  a: { method: { table: job, schema: ./db/outbox/a.surql } }
  b: { method: { table: "\${TABLE}" } }
  c: {}
`;
  expect(await named(config)).toEqual({
    config: 'sp00ky.yml',
    schema: 'db',
    outboxes: [
      { backend: 'a', table: 'job', file: 'db/outbox/a.surql' },
      { backend: 'b', table: 'b_job' },
      { backend: 'c' },
    ],
  });
});

test.each(['', 'backends: [', 'schema: 7'])('reads an invalid config as far as possible: %j', async (text) => {
  expect(await named(text)).toEqual({ config: 'sp00ky.yml', schema: 'schema', outboxes: [] });
});
