/** The output of `spooky db migrate --status` after definitions were removed from the schema. Needs the built package. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { miniProject } from '../testing/mini-project.ts';
import { SECRETS } from '../testing/secrets.ts';
import { SpookyProcess } from '../testing/spooky-process.ts';

const MORE = `
DEFINE TABLE ghost SCHEMAFULL PERMISSIONS NONE;
DEFINE FIELD nickname ON user TYPE option<string>;
DEFINE FIELD settings ON user TYPE option<object>;
DEFINE FIELD settings.theme ON user TYPE option<string>;
DEFINE INDEX user_nickname ON user FIELDS nickname;
`;

it('lists definitions that are no longer in the schema until a migration removes them', {
  timeout: 120_000,
}, async () => {
  const mini = await miniProject();
  onTestFinished(mini.remove);
  const spooky = async (...args: string[]) => {
    const command = new SpookyProcess(args, mini.root, SECRETS);
    return { code: await command.exited, text: command.text, events: command.events };
  };
  const schema = await readFile(path.join(mini.root, 'schema/schema.surql'), 'utf8');
  await mini.write('schema/schema.surql', schema + MORE);
  expect(await spooky('db', 'migrate')).toMatchObject({ code: 0 });
  expect((await spooky('db', 'migrate', '--status')).text).not.toContain('left');

  await mini.write('schema/schema.surql', schema);
  expect((await spooky('db', 'migrate')).text).toBe('applied schema.surql\n');
  const { code, events } = await spooky('db', 'migrate', '--status', '--json');
  expect(code).toBe(0);
  const leftOvers = [
    { kind: 'table', name: 'ghost', remedy: 'REMOVE TABLE IF EXISTS ghost' },
    { kind: 'field', name: 'user.nickname', remedy: 'REMOVE FIELD IF EXISTS nickname ON user' },
    { kind: 'field', name: 'user.settings', remedy: 'REMOVE FIELD IF EXISTS settings ON user' },
    { kind: 'field', name: 'user.settings.theme', remedy: 'REMOVE FIELD IF EXISTS settings.theme ON user' },
    { kind: 'index', name: 'user.user_nickname', remedy: 'REMOVE INDEX IF EXISTS user_nickname ON user' },
  ];
  expect(events).toMatchObject([{ event: 'status', leftOvers }]);

  const remedies = leftOvers.toReversed().map(({ remedy }) => `${remedy};\n`);
  await mini.write('schema/migrations/0001-ghosts.surql', remedies.join(''));
  expect(await spooky('db', 'migrate')).toMatchObject({ code: 0 });
  expect((await spooky('db', 'migrate', '--status', '--json')).events).toMatchObject([{ leftOvers: [] }]);
});
