import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../testing/database.ts';
import { kill } from '../testing/started-process.ts';
import { LOCK_FILE } from './folder-lock.ts';

const PROCESSES = 6;
const ROUNDS = 40;

async function startLockProcess(): Promise<ChildProcess> {
  const child = fork(new URL('../testing/lock-process.ts', import.meta.url), { execArgv: ['--conditions=source'] });
  onTestFinished(() => kill(child, 'SIGKILL'));
  await once(child, 'message');
  return child;
}

async function send(child: ChildProcess, message: { folder?: string }): Promise<unknown> {
  const answer = once(child, 'message');
  child.send(message);
  return (await answer)[0];
}

test('gives the folder of an ended process to one of several processes that find its lock file at once', {
  timeout: 120_000,
}, async () => {
  const processes = await Promise.all(Array.from({ length: PROCESSES }, startLockProcess));
  for (let round = 0; round < ROUNDS; round += 1) {
    const folder = await temporaryFolder();
    await writeFile(join(folder, LOCK_FILE), JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }));
    const answers = await Promise.all(processes.map((child) => send(child, { folder })));
    const refused = Array.from({ length: PROCESSES - 1 }, () => 'SPOOKY_DB_FOLDER_IN_USE');
    expect(answers.toSorted()).toEqual([...refused, 'taken']);
    expect(await readdir(folder)).toEqual([LOCK_FILE]);
    await Promise.all(processes.map((child) => send(child, {})));
    expect(await readdir(folder)).toEqual([]);
  }
});
