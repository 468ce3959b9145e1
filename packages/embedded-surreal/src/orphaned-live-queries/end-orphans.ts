/**
 * Ends the live queries that a killed server left in a RocksDB folder, before the engine opens the folder.
 *
 * No statement can end them (see `find-orphans.ts`), but RocksDB can: when a folder is opened, RocksDB replays its write-ahead
 * logs, so a log that deletes the keys of the live queries works like the last writes of a killed process. Nothing else
 * changes: rows, indexes, edges, references, accesses and their keys keep their bytes, and the time does not depend on
 * the size of the tables. The alternative was to rebuild each table (REMOVE TABLE, DEFINE, INSERT); docs/decisions/0026
 * explains why it was rejected.
 *
 *   survey (a child process: open, list, start and end one live query, exit)
 *     ──▶ read the log that it left: are the example's keys there as expected? which sequence number is next?
 *     ──▶ write the deletions to a draft file, sync it, and rename it to a log
 *
 * After a kill at any moment, the folder contains either the whole new log or none of it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, rename } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasKnownKey, keysOf } from './live-query-key.ts';
import { readLog, writeDeletions } from './rocksdb-log.ts';
import type { Survey } from './survey-process.ts';

/** Replaying a long log takes a long time. */
const SURVEY_MS = 120_000;

/**
 * Returns the number of live queries that were ended. Does nothing if the engine stores them in an unknown way: the
 * server then starts with them and logs a warning.
 */
export async function endOrphanedLiveQueries(folder: string): Promise<number> {
  const survey = await surveyFolder(folder);
  if (survey?.example === undefined) return 0;
  const liveQueries = survey.liveQueries.filter(hasKnownKey);
  const next = await nextSequence(folder, survey.example);
  if (next === undefined || liveQueries.length === 0) return 0;
  await addLog(folder, writeDeletions(liveQueries.flatMap(keysOf), next));
  return liveQueries.length;
}

/** Undefined if the folder cannot be opened. The server then reports the reason when it tries to open the folder. */
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

/** Undefined unless the logs contain the computed keys of the example, both put and deleted. */
async function nextSequence(folder: string, example: Survey['liveQueries'][number]): Promise<bigint | undefined> {
  const logs = (await readdir(folder)).filter((name) => /^\d+\.log$/.test(name));
  const contents = await Promise.all(logs.map(async (name) => readLog(await readFile(join(folder, name)))));
  const isKnown = keysOf(example).every((key) => {
    const hex = key.toString('hex');
    return contents.some(({ put }) => put.has(hex)) && contents.some(({ deleted }) => deleted.has(hex));
  });
  const sequences = contents.flatMap(({ next }) => (next === undefined ? [] : [next]));
  return isKnown ? sequences.reduce((most, next) => (next > most ? next : most), 0n) : undefined;
}

/** RocksDB replays logs in the order of their numbers, and all its files share one sequence of numbers. */
async function addLog(folder: string, content: Buffer): Promise<void> {
  const numbers = (await readdir(folder)).map((name) =>
    Number(/^(?:(?:MANIFEST|OPTIONS)-)?(\d+)(?:\.|$)/.exec(name)?.[1] ?? 0),
  );
  const number = String(Math.max(...numbers) + 1).padStart(6, '0');
  // If this process ends here, RocksDB removes the draft at its next start: it deletes files with this extension.
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
