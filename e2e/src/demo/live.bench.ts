/*
 * Measures what a live page costs in a real Chromium: on a separate built page (live-page/), and on the built app.
 *
 * - `keystroke`: from the input event of a key to the painted text. Each key writes by `db.update`, and `useQuery` shows the
 *    field. `echo` is the same with a signal instead of the database, so `ofEcho` is what the database adds, in turns.
 *    A frame lasts 16.7 ms.
 * - `remoteChange`: one row of a list is changed by another client. `handlersMs` is the time in the page's handlers of the
 *    socket's messages, `toDomMs` from the first of these messages to the changed text, both of one change. `rows` and `titles`
 *    count what was rendered for it. `ofShort` compares the list with one of 100 rows, in turns.
 * - `reload`: a person with a thread loads the list of threads of the built app again, whose files are in the service worker's
 *    cache. `toData` is from the start of the navigation to the painted title of that thread, `toFirstPaint` to anything.
 *
 *   KEYS=200  CHANGES=50  ROWS=10000  RELOADS=20
 */
import { type Browser, chromium, type Page } from '@playwright/test';
import { type Benchmark, round, type Summary, summarize } from '../../../bench/measure.ts';
import { BuiltApp } from '../built-app/built-app.ts';
import { openInstalled } from '../built-app/service-worker.ts';
import { launchOptions } from '../chromium.ts';
import { signUp } from '../person.ts';
import { type LiveStack, startLiveStack } from './live-page/live-stack.ts';
import {
  awaitChange,
  awaitKey,
  awaitText,
  type Change,
  type Load,
  observeMessages,
  observeText,
} from './live-page/measures.ts';
import { publishThread } from './threads.ts';

const KEYS = Number(process.env.KEYS ?? 200);
const CHANGES = Number(process.env.CHANGES ?? 50);
const ROWS = Number(process.env.ROWS ?? 10_000);
const RELOADS = Number(process.env.RELOADS ?? 20);
const FEW = 100;
const TITLE = 'A thread that was here before';
const FRAME_MS = 1_000 / 60;

const bench: Benchmark = async (progress) => {
  const browser = await chromium.launch(await launchOptions());
  try {
    return { unit: 'ms', ...(await onPage(browser, progress)), reload: await reloads(browser) };
  } finally {
    await browser.close();
  }
};
export default bench;

async function onPage(browser: Browser, progress: (line: string) => void): Promise<object> {
  const stack = await startLiveStack([FEW, ROWS]);
  try {
    progress('the stack runs');
    const keystroke = await keystrokes(await open(browser, stack, 0));
    progress('typed');
    const long = await open(browser, stack, ROWS);
    const short = await open(browser, stack, FEW);
    const remoteChange = await remoteChanges(stack, long, short);
    progress('changed');
    return { keystroke, remoteChange };
  } finally {
    await stack.stop();
  }
}

/** Opens the page as a new user, with the list of this many rows. */
async function open(browser: Browser, stack: LiveStack, list: number): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.addInitScript(observeMessages);
  await page.goto(`${stack.url}/?user=reader-${list}&list=${list}`);
  await page.getByText('Not typed yet').waitFor();
  await page.waitForFunction((count) => document.querySelectorAll('li').length === count, list, { timeout: 120_000 });
  return page;
}

async function keystrokes(page: Page): Promise<object> {
  const times = { echo: [] as number[], database: [] as number[] };
  for (let index = -1; index < KEYS; index += 1) {
    const key = 'abcdefgh'.at(index % 8) ?? '';
    const echo = await type(page, key, 'echo', 'echoed');
    const database = await type(page, key, 'title', 'shown');
    if (index < 0) continue;
    times.echo.push(echo);
    times.database.push(database);
  }
  const [echo, database] = [timesOf(times.echo), timesOf(times.database)];
  return { echo, database, ofEcho: round(database.median / echo.median) };
}

/** Replaces the text of an input by one key; returns the milliseconds until the output shows it, painted. */
async function type(page: Page, key: string, input: string, output: string): Promise<number> {
  await page.locator(`#${input}`).selectText();
  const waiting = await page.evaluateHandle(awaitKey, { input, output });
  // A random pause, so that the keys do not align with the frames of the screen.
  await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 20));
  await page.keyboard.press(key);
  return waiting.evaluate(({ painted }) => painted);
}

async function remoteChanges(stack: LiveStack, long: Page, short: Page): Promise<object> {
  const changes = { long: [] as Change[], short: [] as Change[] };
  for (let index = -1; index < CHANGES; index += 1) {
    const pages = { short: await change(stack, short, FEW, index), long: await change(stack, long, ROWS, index) };
    if (index < 0) continue;
    changes.short.push(pages.short);
    changes.long.push(pages.long);
  }
  const [few, many] = [summaryOf(changes.short), summaryOf(changes.long)];
  const ofShort = round(many.handlersMs.median / few.handlersMs.median);
  return { [FEW]: few, [ROWS]: many, ofShort };
}

/** Changes a row from outside of the page, and returns what the page did for it. */
async function change(stack: LiveStack, page: Page, list: number, index: number): Promise<Change> {
  const title = `Change ${index}`;
  const waiting = await page.evaluateHandle(awaitChange, { title });
  await stack.change(list, (index * 37 + 50) % list, title);
  return waiting.evaluate(({ shown }) => shown);
}

async function reloads(browser: Browser): Promise<object> {
  const app = await BuiltApp.start();
  try {
    const page = await (await browser.newContext()).newPage();
    await signUp(page, app.url, 'reader');
    await publishThread(page, TITLE, 'It is shown again at each load.');
    await page.getByRole('heading', { level: 1, name: TITLE }).waitFor();
    await openInstalled(page, app.url);
    await page.addInitScript(observeText, { text: TITLE });
    const loads: Load[] = [];
    for (let index = -1; index < RELOADS; index += 1) {
      await page.reload();
      const load = await page.evaluate(awaitText);
      if (index >= 0) loads.push(load);
    }
    const toData = summarize(loads.map((load) => load.toData));
    const toFirstPaint = summarize(loads.map((load) => load.toFirstPaint));
    return { toData, toFirstPaint, ofFirstPaint: round(toData.median / toFirstPaint.median) };
  } finally {
    await app.stop();
  }
}

function timesOf(samples: readonly number[]): Summary & { p95: number; frames: { p50: number; p95: number } } {
  const summary = summarize(samples);
  const p95 = round([...samples].sort((a, b) => a - b)[Math.floor(samples.length * 0.95)]);
  return { ...summary, p95, frames: { p50: round(summary.median / FRAME_MS), p95: round(p95 / FRAME_MS) } };
}

function summaryOf(changes: readonly Change[]) {
  const of = (name: keyof Change) => summarize(changes.map((one) => one[name]));
  return { handlersMs: of('handlersMs'), toDomMs: of('toDomMs'), rows: of('rows'), titles: of('titles') };
}
