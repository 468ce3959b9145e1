import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../logger.ts';
import { temporaryFolder } from '../testing/database.ts';
import { watchStorage } from './storage-watch.ts';

const DAMAGE = '[WARN] [db/db_impl.cc:4304] Compaction error: Corruption: block checksum mismatch in 000011.sst\n';

it('logs each kind of problem once', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'CURRENT'), '');
  await writeFile(join(folder, 'LOG'), '');
  const reported: string[] = [];
  const error = (details: object, message: string) => reported.push(`${Object(details).line} → ${message}`);
  onTestFinished(watchStorage(folder, { ...silentLogger, error }, 5));

  await appendFile(join(folder, 'LOG'), DAMAGE + DAMAGE);
  await vi.waitFor(() => expect(reported).toHaveLength(1), 20_000);
  expect(reported[0]).toMatch(/^\[WARN\].*000011\.sst → a data file is damaged.*restore a backup$/);
  await appendFile(join(folder, 'LOG'), `[WARN] stalled\n${DAMAGE}[ERROR] IO error: No space left on device\n`);
  await vi.waitFor(() => expect(reported).toHaveLength(2), 20_000);
  expect(reported[1]).toContain('the disk is full');
  await appendFile(join(folder, 'LOG'), '[ERROR] IO error: Input/output error\n');
  await vi.waitFor(() => expect(reported).toHaveLength(3), 20_000);
  expect(reported[2]).toContain('check the disk');
  await rm(folder, { recursive: true });
  await vi.waitFor(() => expect(reported).toHaveLength(4), 20_000);
  expect(reported[3]).toContain('the data folder was deleted');
});
