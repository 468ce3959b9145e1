/*
 * Measures from a write to the painted page, in a real Chromium on the real stack (`spooky dev`). One tab shows a thread,
 * and a script of the same page sends edits of its title over a second socket, so one clock times everything.
 *
 * - `toDom`: until the heading has the new text.
 * - `toPaint`: until the frame that shows it was painted. A frame lasts 16.7 ms, so this adds half of that on average.
 *
 *   WRITES=200
 */
import { chromium } from '@playwright/test';
import { type Benchmark, summarize } from '../../../bench/measure.ts';
import { launchOptions } from '../chromium.ts';
import { signUp } from '../person.ts';
import { Stack } from '../stack.ts';
import { publishThread } from './threads.ts';

const WRITES = Number(process.env.WRITES ?? 200);

const bench: Benchmark = async (progress) => {
  const stack = await Stack.start();
  const browser = await chromium.launch(await launchOptions());
  try {
    const page = await browser.newPage();
    await signUp(page, stack.urls.web, 'painter');
    await publishThread(page, 'Not painted yet', 'The heading changes.');
    await page.getByRole('heading', { level: 1, name: 'Not painted yet' }).waitFor();
    progress('the page is open');
    const key = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1) ?? '');
    const samples = await page.evaluate(timeWrites, { key, writes: WRITES });
    return {
      unit: 'ms',
      toDom: summarize(samples.map(({ toDom }) => toDom)),
      toPaint: summarize(samples.map(({ toPaint }) => toPaint)),
    };
  } finally {
    await browser.close();
    await stack.stop();
  }
};
export default bench;

/** Runs in the page. */
async function timeWrites({ key, writes }: { key: string; writes: number }) {
  const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/spooky/socket?protocol=2`);
  await new Promise<void>((resolve) => {
    socket.onmessage = () => resolve();
  });
  const heading = document.querySelector('h1');
  if (heading === null) throw new Error('the page has no heading');
  const shows = (title: string): Promise<void> =>
    new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (document.querySelector('h1')?.textContent?.trim() !== title) return;
        observer.disconnect();
        resolve();
      });
      observer.observe(document.body, { childList: true, characterData: true, subtree: true });
    });
  const painted = (): Promise<void> =>
    new Promise((resolve) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve();
        port2.postMessage(null);
      });
    });
  const samples: { toDom: number; toPaint: number }[] = [];
  for (let index = 0; index < writes; index += 1) {
    const title = `Painted ${index} times`;
    const start = performance.now();
    const write = { kind: 'update', id: { $r: ['thread', key] }, fields: { title } };
    socket.send(JSON.stringify({ type: 'write', id: index, write, key: crypto.randomUUID() }));
    await shows(title);
    const toDom = performance.now() - start;
    await painted();
    samples.push({ toDom, toPaint: performance.now() - start });
    // A random pause, so that the writes do not align with the frames of the screen.
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 20));
  }
  socket.close();
  return samples;
}
