/*
 * The commands, flags, keys and variables that messages name exist. A reader can do what a message says only if what it
 * names is there.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../packages/cli/src/program.ts';
import { publishedJsonSchema } from '../../packages/config/src/json-schema.ts';
import { type Message, readTexts, type Texts } from './messages.ts';

type Command = Awaited<ReturnType<typeof createProgram>>;

let texts: Texts;
let program: Command;
beforeAll(async () => {
  texts = readTexts();
  program = await createProgram(false, () => undefined);
}, 120_000);

/** Every match of the pattern in every message, with the place. */
function mentions(pattern: RegExp, filter: (message: Message) => boolean = () => true): string[][] {
  return texts.messages
    .filter(filter)
    .flatMap(({ file, text }) =>
      [...text.matchAll(pattern)].map((match) => [`${file}: ${match[0]}`, ...match.slice(1)]),
    );
}

const flagsOf = (command: Command): string[] => command.options.flatMap(({ long, short }) => [long ?? '', short ?? '']);

/** What is wrong with a command line such as `spooky db migrate --status`. */
function faultOf(words: readonly string[]): string | undefined {
  let command = program;
  for (const word of words) {
    if (word.startsWith('--')) {
      if (![...flagsOf(command), ...flagsOf(program), '--help'].includes(word))
        return `${command.name()} has no ${word}`;
      continue;
    }
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (next !== undefined) command = next;
    // The first word must be a command, and so must each word after a command that only groups others.
    else if (command.commands.length > 0 && !word.includes('…')) return `${command.name()} has no command ${word}`;
  }
  return undefined;
}

describe('messages name only', () => {
  it('commands of spooky, with flags that these commands have', () => {
    const found = mentions(
      /(?:^|[`\s(:;])(?:npx )?spooky ((?:[a-z]+|--[a-z-]+)(?: (?:[a-z]+|--[a-z-]+|…))*)/g,
      // The texts of the demo use the word as an adjective.
      ({ file }) => !file.startsWith('apps/'),
    );
    const faults = found.flatMap(([place = '', line = '']) => {
      const words = line.split(' ');
      if (NO_COMMANDS.has(words[0] ?? '')) return [];
      // A sentence goes on after the command, so only its first words count.
      const first = program.commands.find((one) => one.name() === words[0]);
      const groups = (first?.commands.length ?? 0) > 0;
      const flags = words.filter((word) => word.startsWith('--'));
      const fault = faultOf([...words.slice(0, groups ? 2 : 1), ...flags]);
      return fault === undefined ? [] : [`${place} (${fault})`];
    });
    expect(faults).toEqual([]);
    expect(found.length).toBeGreaterThan(50);
  });

  it('flags that some command has', () => {
    const all = new Set(
      [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)].flatMap(flagsOf),
    );
    const found = mentions(/(?<![\w-])(--[a-z][a-z-]+)/g, ({ file }) => file.startsWith('packages/'));
    expect(found.filter(([, flag = '']) => !all.has(flag) && !OTHER_FLAGS.has(flag)).map(([place]) => place)).toEqual(
      [],
    );
    expect(found.length).toBeGreaterThan(10);
  });

  it('scripts that package.json has', () => {
    const scripts = (folder: string): string[] =>
      Object.keys(JSON.parse(readFileSync(new URL(`../../${folder}/package.json`, import.meta.url), 'utf8')).scripts);
    const found = mentions(/npm (?:run ([a-z:-]+)|(start|test))(?: (?:--workspace|-w) ([\w/-]+))?/g);
    const faults = found.filter(([, run = '', short = '', folder = '.']) => !scripts(folder).includes(run || short));
    expect(faults.map(([place]) => place)).toEqual([]);
    expect(found.length).toBeGreaterThan(5);
  });

  it('keys that sp00ky.yml can have', () => {
    const keys = keyPaths(publishedJsonSchema());
    const found = mentions(
      /(?<![\w./$-])((?:surrealdb|runner|frontend|backends|schedules)(?:\.[\w…-]+)+)/g,
      ({ text }) => !/\.ts\b/.test(text),
    );
    const faults = found.filter(([, path = '']) => !keys.some((key) => fits(key, path)));
    expect(faults.map(([place]) => place)).toEqual([]);
    expect(found.length).toBeGreaterThan(5);
  });

  it('variables that some code reads', () => {
    const found = mentions(/(?<![\w])((?:SPOOKY|SURREAL|OPENAI)_[A-Z_]*[A-Z])(?![\w<…])/g);
    const faults = found.filter(([, name = '']) => !texts.names.has(name) && !PARTS.test(name));
    expect(faults.map(([place]) => place)).toEqual([]);
    expect(found.length).toBeGreaterThan(20);
  });

  it('options of the supervisor where the reader calls it, so spooky dev replaces the advice', () => {
    const launch = readFileSync(new URL('../../packages/cli/src/dev/run/launch.ts', import.meta.url), 'utf8');
    expect(launch.match(/supervisor\.spawn(?:Command)?\(\{/g)?.length).toBe(5);
    // The fifth is a preparation, which is ready as soon as it has started.
    expect(
      (launch.match(/\.\.\.STARTUP,/g) ?? []).length + (launch.match(/startupAdvice: startup\.advice,/g) ?? []).length,
    ).toBe(4);
  });
});

describe('the check itself', () => {
  it.each([
    [['db', 'migrate', '--status'], undefined],
    [['gateway', '--allow-origin'], undefined],
    [['db', 'migrat'], 'db has no command migrat'],
    [['serve'], 'spooky has no command serve'],
    [['dev', '--allow-origin'], 'dev has no --allow-origin'],
    [['jobs', 'list', '--statuss'], 'list has no --statuss'],
  ])('finds what is wrong with spooky %j', (words, fault) => {
    expect(faultOf(words)).toBe(fault);
  });

  it.each([
    ['backends.….dev.startupTimeout', true],
    ['frontend.dev.startupTimeout', true],
    ['frontend.dev.startupTimeoutMs', false],
    ['surrealdb.path', true],
    ['surrealdb.folder', false],
    ['runner.port', true],
  ])('knows whether %s is a key', (path, isKey) => {
    expect(keyPaths(publishedJsonSchema()).some((key) => fits(key, path))).toBe(isKey);
  });
});

/** Of Node, docker, git, npm and vitest. */
const OTHER_FLAGS = new Set(['--watch', '--allow-empty', '--help', '--max-old-space-size', '--this']);
/** Words that follow the name of the program in a sentence. */
const NO_COMMANDS = new Set(['needs', 'is', 'itself', 'row']);
/** The beginning of names that are made at run time, such as SPOOKY_BACKEND_MAIL_URL, and error codes. */
const PARTS = /^SPOOKY_(?:BACKEND|API|CLI|CLIENT|CONFIG|DB|GATEWAY|LINK|RUNNER|SUPERVISOR)(?:_|$)/;

/** Every path of keys; `*` for a key that the owner chooses. */
function keyPaths(schema: unknown, path: readonly string[] = []): string[][] {
  const { properties = {}, additionalProperties, anyOf = [], oneOf = [] } = Object(schema);
  const named = Object.entries(properties).flatMap(([name, inner]) => [
    [...path, name],
    ...keyPaths(inner, [...path, name]),
  ]);
  const free =
    typeof additionalProperties === 'object' ? [[...path, '*'], ...keyPaths(additionalProperties, [...path, '*'])] : [];
  return [...named, ...free, ...[...anyOf, ...oneOf].flatMap((one: unknown) => keyPaths(one, path))];
}

function fits(key: readonly string[], path: string): boolean {
  const parts = path.replace(/\.$/, '').split('.');
  return parts.length <= key.length && parts.every((part, at) => part === '…' || key[at] === '*' || key[at] === part);
}
