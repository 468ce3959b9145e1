import { stripVTControlCharacters } from 'node:util';
import type { LifecycleEvent } from '@spookify/supervisor';
import { childLine } from './child-line.ts';
import type { Colors, Paint } from './colors.ts';
import { readableRecord } from './log-record.ts';
import { printable, printableLines } from './printable.ts';
import { reloadLine } from './reload-line.ts';
import type { NoteLevel, Reporter, Summary } from './reporter.ts';

const OWN = 'spooky';
/** The number of last lines that are repeated when a process dies after others have written. */
const LAST_LINES = 10;

export interface TextOptions {
  /** The processes of the plan, in order. The index of a name determines its colour, and the longest name the width of the prefix. */
  readonly names: readonly string[];
  readonly colors: Colors;
  readonly write: (line: string) => void;
}

/** The reporter for people. It prefixes every line with the name of the process that wrote it. */
export function createTextReporter({ names, colors, write }: TextOptions): Reporter {
  // An edit of sp00ky.yml may add processes.
  const known = [...names];
  const lastLines = new Map<string, string[]>();
  let lastWriter = '';

  const prefixOf = (name: string): string => {
    if (name !== OWN && !known.includes(name)) known.push(name);
    const paint: Paint = name === OWN ? colors.dim : colors.process(known.indexOf(name));
    const width = Math.max(...[OWN, ...known].map(({ length }) => length)) + 2;
    return paint(`[${name}]`.padEnd(width));
  };
  const say = (name: string, text: string) => {
    for (const line of text.split('\n')) write(`${prefixOf(name)} ${line}`);
    lastWriter = name;
  };

  function ended(event: LifecycleEvent): void {
    const { kind, exit, error, restartInMs, gaveUp } = event;
    const recalled = lastWriter === kind && !gaveUp ? [] : (lastLines.get(kind) ?? []);
    for (const line of recalled) say(kind, colors.dim(`│ ${line}`));
    const how =
      error !== undefined
        ? printableLines(error)
        : exit?.signal
          ? `killed by ${exit.signal}`
          : `exited with code ${exit?.exitCode ?? 0}`;
    if (restartInMs !== undefined) {
      say(kind, colors.yellow(`${how}; restarting in ${restartInMs} ms`));
    } else if (gaveUp) {
      say(
        kind,
        colors.red(`${how}; it failed too often and is not restarted again. Correct it, then restart spooky dev.`),
      );
    } else {
      say(kind, event.state === 'completed' ? `completed (code ${exit?.exitCode ?? 0})` : colors.red(how));
    }
  }

  return {
    process(event, ending) {
      const { kind, state, startedAt, readyAt, restarts } = event;
      if (ending) {
        if (state === 'stopped' && event.exit?.forced) say(kind, colors.yellow('did not stop in time and was killed'));
        return;
      }
      if (state === 'running') {
        const took = seconds((readyAt ?? startedAt) - startedAt);
        say(kind, colors.green(restarts > 0 ? `running again (${took})` : `ready (${took})`));
      } else if (event.exit !== undefined && state !== 'stopped') {
        ended(event);
      }
    },
    log(name, { line, continues }) {
      const text = childLine(readableRecord(line) ?? line, colors.enabled);
      if (stripVTControlCharacters(text).trim() === '') return;
      const marked = continues ? `… ${text}` : text;
      lastLines.set(name, [...(lastLines.get(name) ?? []), marked].slice(-LAST_LINES));
      say(name, marked);
    },
    note(level, message) {
      say(OWN, levelPaint(colors, level)(printableLines(message)));
    },
    reloaded(reload) {
      say(OWN, printableLines(reloadLine(reload)));
    },
    refused(files, { message }) {
      say(
        OWN,
        colors.yellow(`${printableLines(files.join(', '))} changed, but not applied: all processes keep running`),
      );
      say(OWN, colors.red(printableLines(message)));
    },
    failure({ message }) {
      say(OWN, colors.red(printableLines(message)));
    },
    ready(summary) {
      for (const line of summaryLines(summary, colors)) write(line);
      lastWriter = '';
    },
    stopped() {
      say(OWN, 'stopped; nothing is left running');
    },
  };
}

function summaryLines({ urls, elapsedMs, data, writer }: Summary, { bold, dim, green }: Colors): string[] {
  const { web, database, ...backends } = urls;
  const rows: [string, string][] = [
    ...(web === undefined ? [] : ([['web', web]] satisfies [string, string][])),
    ...Object.entries(backends),
    ...(database === undefined ? [] : ([['database', database]] satisfies [string, string][])),
    ['data', data],
    ['sign in', 'create an account in the app; there is no default account'],
    ...(writer === undefined ? [] : ([['AI writer', writer]] satisfies [string, string][])),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    '',
    `  ${green('●')} ${bold('Everything is up')} ${dim(`(${seconds(elapsedMs)})`)}`,
    '',
    ...rows.map(
      ([label, value]) =>
        `    ${dim(label.padEnd(width))}  ${label === 'web' ? bold(printable(value)) : printable(value)}`,
    ),
    '',
    `  ${dim('Ctrl+C stops everything')}`,
    '',
  ];
}

function levelPaint(colors: Colors, level: NoteLevel): Paint {
  if (level === 'error') return colors.red;
  return level === 'warn' ? colors.yellow : (text) => text;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
