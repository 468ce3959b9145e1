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
  readonly mended: Lines;
  readonly end: Lines;
  readonly forced: Lines;
  readonly wrongConfig: string;
  readonly wrong: Lines;
  readonly misspelt: Lines;
}

export function sessionPage(recording: Recording): string {
  const { config, start, imported, work, list, stats, status, crash, typo, mended, end, forced } = recording;
  const { wrongConfig, wrong, misspelt } = recording;
  return `# What a session looks like

Recordings of the real \`spooky\`, on a small project: the application of the engine's tests, a backend and a front end
of a few lines of Node each. \`npm run record-session\` runs it all and writes this page; a test fails when the page is not
what comes out. [What was replaced](#what-was-replaced) stands at the end.

\`\`\`yaml
${config}\`\`\`

## The first start

Secrets are made once and named, never shown. The database comes first, then its schema and users, then runner, backend
and front end at the same time; each is \`ready\` when it really answers. Every line stands behind the name of who wrote it.

${terminal(start)}

## Jobs

While it runs, another terminal puts three jobs into the outbox: one that the backend can do, one for a thread that it does
not know, and one that is due in 37 hours.

${terminal(imported)}

In the first terminal, backend and runner tell of the two that are due. A 404 is final, so that job is not tried again.

${terminal(work)}

The other terminal shows where all of them stand, and what is applied to the database.

${terminal(list, [''], stats, [''], status)}

## A backend that crashes

Its last words stay readable, with its exit code beside them. It is started again after a pause, and everything else stays
up. What crashes again and again is given up after 20 restarts in two minutes.

${terminal(crash)}

## An edit with a typo

Someone adds \`timout: 30000\` to \`sp00ky.yml\` and saves. The mistake is told with its line and column, and what runs goes on.

${terminal(typo)}

Mended, the edit is used at once, and only what it concerns is started anew: here the runner, which keeps that limit.

${terminal(mended)}

## Ctrl+C

Each ends before what it is built on: front end, runner, backends, database. The exit code is 0.

${terminal(end)}

## Ctrl+C with a child that will not end

The same stack, with a front end that answers SIGTERM with "not now". Whoever is waited for is named; after five seconds
it is killed, and the others end as before.

${terminal(forced)}

## A wrong config

\`spooky check\` reads \`sp00ky.yml\` and everything that it names, and tells all mistakes at once. Of this \`wrong.yml\`

\`\`\`yaml
${wrongConfig}\`\`\`

it says, with exit code 1:

${terminal(wrong)}

A misspelt command gets the same courtesy, and exit code 2:

${terminal(misspelt)}

## What was replaced

Colours are left out. So that two recordings are equal, some things have a stand-in:

| what | shown as |
| --- | --- |
${RULES.map(({ what, standIn }) => `| ${what} | \`${standIn}\` |`).join('\n')}
| the ports: recorded with \`--ports free\`, so that the test disturbs nobody | those of a machine where all are free |

Processes that start or work at the same time write in any order. In the start, the work of the jobs, the crash and the
edits, each process's lines stand together, with \`ready\` as the last; those about the two jobs are in the order of the
alphabet. On a slow machine, \`spooky\` says every three seconds who is being waited for; only the one that is waited for on
purpose is shown, once, right before it is killed. When the jobs were created is set by \`jobs.surql\`. Everything else is
as it was printed.
`;
}

/** A block with these lines, and no empty ones at its end. */
function terminal(...parts: Lines[]): string {
  const lines = parts.flat();
  const last = lines.findLastIndex((line) => line !== '');
  return ['```text', ...lines.slice(0, last + 1), '```'].join('\n');
}
