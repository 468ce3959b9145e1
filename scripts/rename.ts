/**
 * Gives a clone a name of its own: the packages, the database, the data folder, the titles of pages and documents.
 *
 *     npm run rename -- my-app && npm install && npm run format && npm run build
 *
 * The demo's one feature, its button and its route, is called like the app. It keeps its name, as do the command `spooky`,
 * `sp00ky.yml` and the variables `SPOOKY_…`, which are those of the engine.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** What npm allows in a scope, less what it advises against. */
const NAME = /^[a-z][a-z0-9-]{0,50}$/;

interface Rule {
  readonly pattern: RegExp;
  readonly name: string;
}

/** As people read it: `my-app` is My App. */
function titleOf(name: string): string {
  return name
    .split('-')
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}

/** A dash would have to be quoted wherever SurrealQL names the database. */
function databaseOf(name: string): string {
  return name.replaceAll('-', '_');
}

/** Every place that a name stands in, told by what is around it. */
function rulesOf(former: string, name: string): Rule[] {
  const [database, title] = [databaseOf(former), titleOf(former)];
  return [
    { pattern: new RegExp(`(?<=@)${former}(?=/)`, 'g'), name },
    { pattern: new RegExp(`(?<=\\.data/)${former}\\b`, 'g'), name },
    // Prefixes of temporary folders, and the names of plugins and channels.
    { pattern: new RegExp(`(?<=['\`])${former}(?=:|-\\w)`, 'g'), name },
    // The attributes of traces.
    { pattern: new RegExp(`\\b${former}(?=\\.(?:backend|route|attempt|outcome)\\b)`, 'g'), name },
    { pattern: new RegExp(`(?<='messaging\\.system': ')${former}(?=')`, 'g'), name },
    {
      pattern: new RegExp(
        `(?<=database: '?|SPOOKY_DATABASE(?:: '?|=)|DATABASE IF NOT EXISTS |'main', '|'surreal-db': ')${database}\\b`,
        'g',
      ),
      name: databaseOf(name),
    },
    { pattern: new RegExp(`${BEFORE_TITLE}\\b${title}\\b(?! failed)`, 'g'), name: titleOf(name) },
  ];
}

/** Not the label of the button, nor a sentence about pressing it, nor a path. */
const BEFORE_TITLE = "(?<!press(?:es|ing)? \\**|name: '|: '|[/@])";
/** The files that show the title. Elsewhere a title of one common word would be found in too much. */
const TITLED = [
  ...['README.md', 'openapi.yaml', 'apps/web/index.html', 'apps/web/public/ghost.svg'],
  ...['apps/web/src/shell/layout.tsx', 'apps/web/src/shell/page-title.ts'],
  ...['packages/cli/src/program.ts', 'packages/config/src/schema.ts', 'packages/config/sp00ky.schema.json'],
];

/** The text of a file of the project `former` in the project `name`. `npm run update-engine` gives a release the names of a clone. */
export function renamed(file: string, text: string, former: string, name: string): string {
  const rules = rulesOf(former, name);
  const applied = TITLED.includes(file.replace(/^scripts\/remove-demo\/files\//, '')) ? rules : rules.slice(0, -1);
  const after = applied.reduce((done, rule) => done.replace(rule.pattern, rule.name), text);
  // The root's own name stands in its manifest, and twice in the lockfile.
  return /^package(?:-lock)?\.json$/.test(file) ? after.replaceAll(`"name": "${former}"`, `"name": "${name}"`) : after;
}

/** A file that has the word already: renamed again, it would change as well. */
function otherUse(name: string, folder: string): string | undefined {
  const own = ['README.md', 'scripts/rename.ts', 'scripts/rename.test.ts'].map((file) => `:!${file}`);
  const found = spawnSync('git', ['grep', '-Iiwl', '-e', name, '--', '.', ...own], { cwd: folder, encoding: 'utf8' });
  return found.stdout.split('\n').find((file) => file !== '');
}

function renameProject(name: string, folder: string): void {
  if (!NAME.test(name)) {
    console.error(`'${name}' is no name for a package; use small letters, digits and dashes: npm run rename -- my-app`);
    process.exit(2);
  }
  const used = otherUse(name, folder);
  if (used !== undefined) {
    console.error(`'${name}' is a word of ${used} already, and could not be told from it; choose another name`);
    process.exit(2);
  }
  const { name: former } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], options);
  // As they are now: new files too, and none that was removed and not committed yet.
  const files = new Set(listed.split('\0').filter((file) => file !== '' && existsSync(join(folder, file))));

  let changed = 0;
  for (const file of files) {
    const path = join(folder, file);
    const before = readFileSync(path);
    if (before.includes(0)) continue; // an image
    const after = renamed(file, before.toString(), former, name);
    if (after === before.toString()) continue;
    writeFileSync(path, after);
    changed += 1;
  }
  console.log(
    `${former} is ${name} now, in ${changed} files. The packages must be linked and built by their new names:`,
  );
  console.log('  npm install && npm run format && npm run build');
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { folder: { type: 'string', default: process.cwd() } },
  });
  renameProject(positionals[0] ?? '', values.folder);
}
