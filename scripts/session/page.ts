import { RULES } from './rules.ts';

type Lines = readonly string[];

/** The lines of each part, in the order of the page. */
export interface Recording {
  readonly config: string;
  readonly start: Lines;
  readonly imported: Lines;
  readonly work: Lines;
  readonly list: Lines;
  readonly stats: Lines;
  readonly status: Lines;
  readonly crash: Lines;
  readonly typo: Lines;
  readonly corrected: Lines;
  readonly end: Lines;
  readonly forced: Lines;
  readonly wrongConfig: string;
  readonly wrong: Lines;
  readonly misspelt: Lines;
}

export function sessionPage(recording: Recording): string {
  const { config, start, imported, work, list, stats, status, crash, typo, corrected, end, forced } = recording;
  const { wrongConfig, wrong, misspelt } = recording;
  return `# A terminal session

These are recordings of the real \`spooky\` on a small project: the application of the engine's tests, with a backend and a front end of a
few lines of Node each. \`npm run record-session\` runs everything and writes this page, and a test fails when the page is out of date. The
last section says [what was replaced](#what-was-replaced) in the recordings.

\`\`\`yaml
${config}\`\`\`

## The first start

\`spooky dev\` generates the secrets once and prints their names, never their values. It starts the database first, then applies the schema
and creates the database users, then starts gateway, runner, backend and front end at the same time. Each is \`ready\` when it really
answers. Every line begins with the name of the process that wrote it.

${terminal(start)}

## Jobs

While the stack runs, another terminal inserts three jobs into the outbox: one that the backend can do, one for a thread that does not exist,
and one that is due in 37 hours.

${terminal(imported)}

In the first terminal, backend and runner report the two jobs that are due. A 404 is final, so the runner does not retry that job.

${terminal(work)}

The other terminal lists the state of all jobs, and what is applied to the database.

${terminal(list, [''], stats, [''], status)}

## A backend that crashes

The backend's last output and its exit code are printed. \`spooky dev\` restarts it after a pause, and everything else stays up. It gives a
process up after 20 restarts in two minutes.

${terminal(crash)}

## An edit with a typo

A user adds \`timout: 30000\` to \`sp00ky.yml\` and saves. \`spooky dev\` reports the mistake with its line and column, and all processes keep
running.

${terminal(typo)}

When the user corrects the key, the edit takes effect immediately. Only the processes that it affects restart: here the runner, which applies
that limit.

${terminal(corrected)}

## Ctrl+C

Each process stops before the processes that it needs: front end, gateway, runner, backends, database. The exit code is 0.

${terminal(end)}

## Ctrl+C with a process that does not stop

This is the same stack with a front end that answers SIGTERM with "not now". \`spooky dev\` names the process that it waits for, kills it
after five seconds, and stops the others as before.

${terminal(forced)}

## A wrong config

\`spooky check\` reads \`sp00ky.yml\` and every file that it names, and reports all mistakes together. This is \`wrong.yml\`:

\`\`\`yaml
${wrongConfig}\`\`\`

The command reports these mistakes, with exit code 1:

${terminal(wrong)}

A misspelt command gets a suggestion too, and exit code 2:

${terminal(misspelt)}

## What was replaced

The recordings leave out colours. Values that differ between two recordings are replaced:

| Value | Shown as |
| --- | --- |
${RULES.map(({ what, standIn }) => `| ${what} | \`${standIn}\` |`).join('\n')}
| the ports: recorded with \`--ports free\`, so that the test can run beside other stacks | those of a machine where all are free |

Processes that start or work at the same time write in any order. For the start, the work on the jobs, the crash and the edits, this page
groups the lines by process, with \`ready\` last, and sorts the lines about the two jobs alphabetically. On a slow machine, \`spooky\` prints
every three seconds which processes it waits for. This page shows only the one that it waits for on purpose, once, right before it is killed.
\`jobs.surql\` sets the times at which the jobs were created. Everything else is as printed.
`;
}

/** Formats lines as a code block, without empty lines at its end. */
function terminal(...parts: Lines[]): string {
  const lines = parts.flat();
  const last = lines.findLastIndex((line) => line !== '');
  return ['```text', ...lines.slice(0, last + 1), '```'].join('\n');
}
