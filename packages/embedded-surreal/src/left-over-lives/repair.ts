/**
 * Ends the live queries that a killed server left in a RocksDB folder, before the engine opens it.
 *
 * No statement can end them (see `find.ts`), but RocksDB can: it replays a write-ahead log that deletes their keys when the
 * folder is opened, like the writes of a process that was killed. Nothing
 * else is touched, so rows, indexes, edges, references, accesses and their keys stay the same bytes, and it takes
 * as long for a table of millions as for an empty one. Rebuilding a table (REMOVE TABLE, DEFINE, INSERT) was the other
 * way; docs/decisions/0026 says why it lost.
 *
 *   survey (a child process: open, list, start and end one live query, exit)
 *     ──▶ read the log it left: are the example's keys there as expected? which sequence number is next?
 *     ──▶ write the deletions beside it, sync, and give the file its name
 *
 * Killed at any moment, the folder holds either the whole new log or nothing of it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, rename } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasKnownKey, keysOf } from './live-key.ts';
import { readLog, writeDeletions } from './log-file.ts';
import type { Survey } from './survey-process.ts';

/** A long log takes long to be replayed. */
const SURVEY_MS = 120_000;

/**
 * Returns how many live queries were ended. Does nothing when the engine does not file them as this version knows: the
 * server then starts with them, and warns.
 */
export async function endLeftOverLives(folder: string): Promise<number> {
  const survey = await surveyFolder(folder);
  if (survey?.example === undefined) return 0;
  const lives = survey.lives.filter(hasKnownKey);
  const next = await nextSequence(folder, survey.example);
  if (next === undefined || lives.length === 0) return 0;
  await addLog(folder, writeDeletions(lives.flatMap(keysOf), next));
  return lives.length;
}

/** Undefined when the folder cannot be opened; the server's own attempt to open it then reports why. */
async function surveyFolder(folder: string): Promise<Survey | undefined> {
  const own = fileURLToPath(import.meta.url);
  const entry = fileURLToPath(new URL(`./survey-process${extname(own)}`, import.meta.url));
  const child = fork(entry, [folder], { execArgv: [], stdio: 'ignore', timeout: SURVEY_MS, killSignal: 'SIGKILL' });
  let survey: Survey | undefined;
  child.on('message', (message) => {
    survey = message as Survey;
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0 ? survey : undefined;
}

/** Undefined when the example's keys are not in the logs, put and deleted, just as they are computed here. */
async function nextSequence(folder: string, example: Survey['lives'][number]): Promise<bigint | undefined> {
  const logs = (await readdir(folder)).filter((name) => /^\d+\.log$/.test(name));
  const contents = await Promise.all(logs.map(async (name) => readLog(await readFile(join(folder, name)))));
  const isKnown = keysOf(example).every((key) => {
    const hex = key.toString('hex');
    return contents.some(({ put }) => put.has(hex)) && contents.some(({ deleted }) => deleted.has(hex));
  });
  const sequences = contents.flatMap(({ next }) => (next === undefined ? [] : [next]));
  return isKnown ? sequences.reduce((most, next) => (next > most ? next : most), 0n) : undefined;
}

/** RocksDB replays logs in the order of their numbers, which they share with its other files. */
async function addLog(folder: string, content: Buffer): Promise<void> {
  const numbers = (await readdir(folder)).map((name) =>
    Number(/^(?:(?:MANIFEST|OPTIONS)-)?(\d+)(?:\.|$)/.exec(name)?.[1] ?? 0),
  );
  const number = String(Math.max(...numbers) + 1).padStart(6, '0');
  // RocksDB removes files of this name when it opens a folder, should this process end here.
  const draft = join(folder, `${number}.dbtmp`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, `${number}.log`));
  const directory = await open(folder);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
