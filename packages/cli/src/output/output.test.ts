import type { LifecycleEvent } from '@spookify/supervisor';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { childLine } from './child-line.ts';
import { createColors, wantsColor } from './colors.ts';
import { createJsonReporter } from './json-reporter.ts';
import { logLine, readableRecord } from './log-record.ts';
import { createTextReporter } from './text-reporter.ts';

function event(given: Partial<LifecycleEvent>): LifecycleEvent {
  return {
    processId: 'p',
    type: 'command',
    entry: 'sh',
    kind: 'runner',
    state: 'running',
    restarts: 0,
    startedAt: 0,
    at: 0,
    ...given,
  };
}
const exit = { exitCode: 3, signal: null, forced: false, stderr: [] };

describe('childLine', () => {
  it('keeps colours and resets them at the end of the line', () => {
    expect(childLine('\x1b[32mok', true)).toBe('\x1b[32mok\x1b[0m');
    expect(childLine('plain', true)).toBe('plain');
  });

  it('removes colours if colour is disabled', () => {
    expect(childLine('\x1b[32mok\x1b[0m', false)).toBe('ok');
  });

  it('removes codes that clear the screen, move the cursor, set titles or ring', () => {
    expect(childLine('\x1b[2J\x1b[H\x1bc\x1b[?25l\x1b]0;title\x07a\x07b', true)).toBe('ab');
    expect(childLine('a\x9b2J\u202eb', true)).toBe('a2Jb');
    expect(childLine('\x1b[!p\x1b[>4;2m\x1b[1 q\x1bPq#0\x1b\\\x1b_x\x1b\\\x1b#8\x1b%Ga\x1bn\x1b(0b', true)).toBe('ab');
  });

  it('removes links, writes to the clipboard, line separators and direction marks', () => {
    for (const color of [true, false]) {
      expect(childLine('\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x07', color)).toBe('link');
      expect(childLine('a\x1b]52;c;cm0gLXJm\x07b', color)).toBe('ab');
      expect(childLine('a\u2028b\u2029c\x85d\u202ee\u2066f\u200fg', color)).toBe('abcdefg');
    }
  });

  it('removes the escapes of incomplete and nested sequences', () => {
    expect(childLine('\x1b\x1b[2J[2Ja\x1b\0[2Jb\x1b[2', true)).toBe('[2Ja[2Jb[2');
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom(...'\x1b\x07\0\x9b[]\\(#P;2mJ'), fc.string({ maxLength: 1 })),
    });
    fc.assert(
      fc.property(text, (line) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the output must not match it
        expect(childLine(line, true).replaceAll(/\x1b\[[0-9;:]*m/g, '')).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
        expect(childLine(line, false)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      }),
    );
  });

  it('keeps the last version of an overwritten line', () => {
    expect(childLine('10 %\r50 %\r100 %\r', true)).toBe('100 %');
  });
});

describe('readableRecord', () => {
  it('formats a log record as readable text', () => {
    const line =
      '{"level":40,"time":1,"pid":2,"hostname":"h","job":"job:1","left":2,"err":{"message":"no"},"msg":"try again"}';
    expect(readableRecord(line)).toBe('warn: try again job=job:1 left=2 (no)');
    expect(readableRecord('{"level":30,"msg":"up"}')).toBe('up');
  });

  it('keeps a record on one line and escapes its control characters', () => {
    const fields = { job: 'job:1\n[spooky] stopped', reason: '\x1b[2J\x9b31m', at: { note: '\x7f\u202e' } };
    const line = JSON.stringify({ level: 30, ...fields, err: { message: 'a\rb' }, msg: 'x\ny' });
    expect(readableRecord(line)).toBe(
      'x\\ny job=job:1\\n[spooky] stopped reason=\\e[2J\\u{9b}31m at={"note":"\\u007f\\u202e"} (a\\rb)',
    );
  });

  it('names causes and parts of an error', () => {
    const lines: string[] = [];
    const logger = pino({ base: null }, { write: (line) => void lines.push(line) });
    const cause = new Error('refused', { cause: new Error('no route') });
    logger.error({ err: new Error('not connected', { cause }) }, 'one');
    logger.error({ err: new AggregateError([new Error('a'), new Error('b')]) }, 'two');
    logger.error(
      {
        err: new AggregateError(
          ['a', 'b', 'c', 'd', 'e'].map((name) => new Error(name)),
          'all',
        ),
      },
      'three',
    );
    expect(lines.map((line) => readableRecord(line.trim()))).toEqual([
      'error: one (not connected: refused: no route)',
      'error: two (several errors: a; b)',
      'error: three (all: a; b; c and 2 more)',
    ]);
  });

  it('ignores other lines', () => {
    for (const line of ['', 'text', '{"level":', '{"level":"x","msg":"y"}', '{"a":1}']) {
      expect(readableRecord(line)).toBeUndefined();
    }
  });
});

describe('logLine', () => {
  const record = { level: 30, job: 'job:1\x9b2J', reason: 'a\x1b[2J\x7f\u202e', msg: 'job failed' };
  const line = `${JSON.stringify(record)}\n`;

  it('returns readable text for a terminal', () => {
    expect(logLine(line, true)).toBe('job failed job=job:1\\u{9b}2J reason=a\\e[2J\\u{7f}\\u{202e}');
    expect(logLine('no record\x1b[2J\n', true)).toBe('no record\\e[2J');
  });

  it('returns the same record in JSON with escaped control characters otherwise', () => {
    const written = logLine(line, false);
    expect(JSON.parse(written)).toEqual(record);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the output must not match it
    expect(written).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
  });
});

describe('wantsColor and createColors', () => {
  it('enable colours on terminals unless a variable or flag says otherwise', () => {
    expect(wantsColor({}, true, undefined)).toBe(true);
    expect(wantsColor({}, false, undefined)).toBe(false);
    expect(wantsColor({ NO_COLOR: '1' }, true, undefined)).toBe(false);
    expect(wantsColor({ NO_COLOR: '' }, true, undefined)).toBe(true);
    expect(wantsColor({ TERM: 'dumb' }, true, undefined)).toBe(false);
    expect(wantsColor({ FORCE_COLOR: '1' }, false, undefined)).toBe(true);
    expect(wantsColor({ FORCE_COLOR: '1' }, true, false)).toBe(false);
  });

  it('give each process its own colour', () => {
    const colorVariables = Array.from({ length: 12 }, (_, index) => createColors(true).process(index)('x'));
    expect(new Set(colorVariables).size).toBe(12);
  });
});

describe('the text reporter', () => {
  function reporter() {
    const lines: string[] = [];
    const names = ['runner', 'backend.api.dev'];
    const text = createTextReporter({ names, colors: createColors(false), write: (line) => lines.push(line) });
    return { text, lines };
  }

  it('prefixes every line with an aligned name', () => {
    const { text, lines } = reporter();
    text.log('runner', { stream: 'stdout', line: 'one' });
    text.log('backend.api.dev', { stream: 'stderr', line: 'two' });
    text.note('info', 'three\nfour');
    expect(lines).toEqual([
      '[runner]          one',
      '[backend.api.dev] two',
      '[spooky]          three',
      '[spooky]          four',
    ]);
  });

  it('marks the rest of a line that was shown before its end', () => {
    const { text, lines } = reporter();
    text.log('runner', { stream: 'stdout', line: 'Continue? ', partial: true });
    text.log('backend.api.dev', { stream: 'stdout', line: 'fine' });
    text.log('runner', { stream: 'stdout', line: 'yes', continues: true });
    text.log('runner', { stream: 'stdout', line: '50 %', partial: true });
    text.log('runner', { stream: 'stdout', line: '99 %' });
    text.log('runner', { stream: 'stdout', line: '', continues: true });
    expect(lines).toEqual([
      '[runner]          Continue? ',
      '[backend.api.dev] fine',
      '[runner]          … yes',
      '[runner]          50 %',
      '[runner]          99 %',
    ]);
  });

  it('repeats the last lines of a dead process after output of others, and prints when it restarts', () => {
    const { text, lines } = reporter();
    text.log('runner', { stream: 'stderr', line: 'Error: no' });
    text.log('backend.api.dev', { stream: 'stdout', line: 'fine' });
    text.process(event({ state: 'failed', exit, error: 'exited with code 3', restartInMs: 250 }), false);
    expect(lines.slice(2)).toEqual([
      '[runner]          │ Error: no',
      '[runner]          exited with code 3; restarting in 250 ms',
    ]);
  });

  it('reports that a process is not restarted again', () => {
    const { text, lines } = reporter();
    text.process(event({ state: 'failed', exit, error: 'exited with code 3', gaveUp: true }), false);
    expect(lines[0]).toContain('exited with code 3; it failed too often and is not restarted again.');
  });

  it('prints nothing about requested stops', () => {
    const { text, lines } = reporter();
    text.process(event({ state: 'stopping' }), true);
    text.process(event({ state: 'stopped', exit }), true);
    expect(lines).toEqual([]);
  });

  it('widens the prefix for a longer name that is added later', () => {
    const { text, lines } = reporter();
    text.log('backend.another.dev', { stream: 'stdout', line: 'one' });
    text.log('runner', { stream: 'stdout', line: 'two' });
    expect(lines).toEqual(['[backend.another.dev] one', '[runner]              two']);
  });

  it('reports an applied edit in one line and a refused one with its reason', () => {
    const { text, lines } = reporter();
    const nothing = { corrected: false, made: [], applied: [], users: [], waiting: [], written: [] };
    text.reloaded({ ...nothing, files: ['sp00ky.yml'], stop: [], restart: [], start: [] });
    text.reloaded({
      ...nothing,
      files: ['a', 'b', 'c', 'd', 'e'],
      corrected: true,
      applied: ['schema.surql'],
      waiting: ['migrations/2.surql'],
      written: ['types.ts'],
      stop: ['backend.a.dev'],
      restart: ['runner', 'backend.api.dev'],
      start: ['backend.b.dev'],
    });
    text.refused(['sp00ky.yml'], { code: 'X', message: 'sp00ky.yml:1:1 mode: wrong\nsp00ky.yml:2:1 schema: wrong' });
    expect(lines.map((line) => line.replace(/^\[spooky\] +/, ''))).toEqual([
      'sp00ky.yml changed: nothing to restart',
      'a, b, c and 2 more corrected: applied schema.surql; wrote types.ts; stopping backend.a.dev; starting backend.b.dev; restarting runner, backend.api.dev; not applied yet: migrations/2.surql (when it is complete, run spooky db migrate)',
      'sp00ky.yml changed, but not applied: all processes keep running',
      'sp00ky.yml:1:1 mode: wrong',
      'sp00ky.yml:2:1 schema: wrong',
    ]);
  });

  it('escapes control characters in the summary', () => {
    const { text, lines } = reporter();
    text.ready({ urls: {}, elapsedMs: 1, data: '/tmp/a\nb\x1b[2J', writer: 'm\u202e' });
    expect(lines).toContain('    data       /tmp/a\\nb\\e[2J');
    expect(lines).toContain('    AI writer  m\\u{202e}');
  });

  it('prints a summary with all places', () => {
    const { text, lines } = reporter();
    const urls = { web: 'http://127.0.0.1:3600', api: 'http://127.0.0.1:3660', database: 'ws://127.0.0.1:3666/rpc' };
    text.ready({ urls, elapsedMs: 1234, data: '.data/spookify', writer: 'offline' });
    expect(lines.map((line) => line.trim()).filter((line) => line !== '')).toEqual([
      '● Everything is up (1.2 s)',
      'web        http://127.0.0.1:3600',
      'api        http://127.0.0.1:3660',
      'database   ws://127.0.0.1:3666/rpc',
      'data       .data/spookify',
      'sign in    create an account in the app; there is no default account',
      'AI writer  offline',
      'Ctrl+C stops everything',
    ]);
  });
});

it('writes one JSON object a line with --json', () => {
  const lines: string[] = [];
  const json = createJsonReporter((line) => lines.push(line));
  json.process(event({ state: 'failed', pid: 7, exit, restartInMs: 250 }), false);
  json.log('runner', { stream: 'stdout', line: '\x1b[32mok' });
  json.log('runner', { stream: 'stdout', line: 'a', partial: true, continues: true });
  json.ready({ urls: { web: 'http://127.0.0.1:3600' }, elapsedMs: 5, data: 'd', writer: 'w' });
  json.stopped();
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      event: 'process',
      name: 'runner',
      state: 'failed',
      pid: 7,
      restarts: 0,
      exitCode: 3,
      signal: null,
      forced: false,
      restartInMs: 250,
    },
    { event: 'log', name: 'runner', stream: 'stdout', line: '\x1b[32mok' },
    { event: 'log', name: 'runner', stream: 'stdout', line: 'a', partial: true, continues: true },
    { event: 'ready', urls: { web: 'http://127.0.0.1:3600' }, elapsedMs: 5, data: 'd', writer: 'w' },
    { event: 'stopped' },
  ]);
});
