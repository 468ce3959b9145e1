/**
 * Writes docs/session.md with recordings of what `spooky` prints, by running it on a project of its own. `npm run
 * record-session` writes the page; a test fails while it is out of date.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MiniProject } from '../packages/cli/src/testing/mini-project.ts';
import { sessionPage } from './session/page.ts';
import { CONFIG, configWithLimit, makeStubborn, recordedProject, save, WRONG_CONFIG } from './session/project.ts';
import { byProcess, portsOf, withoutLate, withStandIns } from './session/rules.ts';
import { Terminal } from './session/terminal.ts';

/** Runs everything and returns the text of the page. Leaves nothing behind. */
export async function recordSession(): Promise<string> {
  const project = await recordedProject();
  try {
    const wrong = await Terminal.run(project.root, 1, '--config', 'wrong.yml', 'check');
    const first = await dev(project, (terminal, ...rest) => oneSession(project, terminal, ...rest));
    await makeStubborn(project);
    const forced = await dev(project, async (terminal, _start, standIns) =>
      standIns(withoutLate(await terminal.interrupt(), 'frontend.dev')),
    );
    return sessionPage({ config: CONFIG, ...first, forced, wrongConfig: WRONG_CONFIG, wrong });
  } finally {
    await project.remove();
  }
}

/** The last line that each process prints at its start. */
const STARTED = [/Ctrl\+C stops/, /listening on/, /serving on/, /the runner is ready/];

type StandIns = (lines: readonly string[]) => string[];

/** Starts everything on free ports, and makes sure that it ends. */
async function dev<T>(
  { root }: MiniProject,
  work: (terminal: Terminal, start: string[], standIns: StandIns) => Promise<T>,
): Promise<T> {
  const terminal = new Terminal(['dev', '--ports', 'free'], root);
  try {
    const start = await terminal.until(0, ...STARTED);
    const ports = portsOf(start);
    return await work(terminal, start, (lines) => withStandIns(lines, ports));
  } finally {
    await terminal.close();
  }
}

/** Each step waits for the last line of the previous one. */
async function oneSession(project: MiniProject, terminal: Terminal, start: string[], standIns: StandIns) {
  const shown = (lines: readonly string[]) => standIns(byProcess(withoutLate(lines)));
  const after = async (step: () => Promise<unknown>, ...wanted: RegExp[]) => {
    const from = terminal.lines.length;
    await step();
    return shown(await terminal.until(from, ...wanted));
  };
  const { root } = project;

  let imported: string[] = [];
  const work = await after(
    async () => {
      imported = await Terminal.run(root, 0, 'db', 'import', 'jobs.surql');
    },
    ...[/POST .*attic/, /POST .*crypt/, /job done/, /job failed/],
  );
  // The runner reports an attempt before it has written the outcome.
  let stats: string[];
  do stats = await Terminal.run(root, 0, 'jobs', 'stats');
  while (!stats.some((line) => line.includes('1 succeeded, 1 failed')));
  const list = await Terminal.run(root, 0, 'jobs', 'list');
  const status = standIns(await Terminal.run(root, 0, 'db', 'migrate', '--status'));
  const misspelt = await Terminal.run(root, 2, 'dve');

  const address = /^ +api +(\S+)/m.exec(start.join('\n'))?.[1];
  const crash = await after(() => fetch(`${address}/crash`).catch(() => {}), /listening on/, /running again/);
  const typo = await after(() => save(project, 'sp00ky.yml', configWithLimit('timout')), /did you mean/);
  const corrected = await after(
    () => save(project, 'sp00ky.yml', configWithLimit('timeout')),
    /corrected:/,
    /the runner is ready/,
    /^\[runner\] +ready/,
  );
  const end = standIns(withoutLate(await terminal.interrupt()));
  return {
    start: ['$ spooky dev', ...shown(start)],
    imported,
    work: byProcess(work.toSorted()),
    list,
    stats: standIns(stats),
    status,
    misspelt,
    crash,
    typo,
    corrected,
    end,
  };
}

if (import.meta.main) {
  writeFileSync(fileURLToPath(new URL('../docs/session.md', import.meta.url)), await recordSession());
}
