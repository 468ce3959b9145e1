/**
 * Renames a clone: its packages, database, data folder, and the titles of pages and documents.
 *
 *     npm run rename -- my-app && npm install && npm run format && npm run build
 *
 * The demo's feature, a button and its route, has the same name as the app and keeps it. The command `spooky`, `sp00ky.yml`
 * and the variables `SPOOKY_…` belong to the engine and keep their names.
 */
import { isUtf8 } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readText } from '../packages/config/src/text-file.ts';

/** What npm allows in a scope, without what it advises against. */
const NAME = /^[a-z][a-z0-9-]{0,50}$/;

interface Rule {
  readonly pattern: RegExp;
  readonly name: string;
}

/** The name for people: `my-app` becomes My App. */
function titleOf(name: string): string {
  return name
    .split('-')
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}

/** SurrealQL would need quotes around a name with a dash. */
function databaseOf(name: string): string {
  return name.replaceAll('-', '_');
}

/** Every place where the name occurs, recognised by the text around it. */
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

/** Not the label of the button, a sentence about pressing it, or a path. */
const BEFORE_TITLE = "(?<!press(?:es|ing)? \\**|name: '|: '|[/@])";
/** The files that show the title. In other files, a title of one common word would match too much. */
const TITLED = [
  ...['README.md', 'openapi.yaml', 'apps/web/index.html', 'apps/web/public/ghost.svg'],
  ...['apps/web/src/shell/layout.tsx', 'apps/web/src/shell/page-title.ts'],
  ...['packages/cli/src/program.ts', 'packages/config/src/schema.ts', 'packages/config/sp00ky.schema.json'],
];

/**
 * Returns the text of a file with the name `former` replaced by `name`. `npm run update-engine` uses it to give a release
 * the name of a clone.
 */
export function renamed(file: string, text: string, former: string, name: string): string {
  const rules = rulesOf(former, name);
  const applied = TITLED.includes(file.replace(/^scripts\/remove-demo\/files\//, '')) ? rules : rules.slice(0, -1);
  const after = applied.reduce((done, rule) => done.replace(rule.pattern, rule.name), text);
  // The root's own name is in its manifest, and twice in the lockfile.
  return /^package(?:-lock)?\.json$/.test(file) ? after.replaceAll(`"name": "${former}"`, `"name": "${name}"`) : after;
}

/** Returns the current text files: including new ones, excluding files that were deleted and not committed yet. */
function textsOf(folder: string): Map<string, string> {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    ...{ cwd: folder, encoding: 'utf8' },
  });
  const texts = new Map<string, string>();
  for (const file of listed.split('\0')) {
    if (file === '' || !existsSync(join(folder, file))) continue;
    const text = readFileSync(join(folder, file));
    // Others are images, or in an encoding that a rename would damage.
    if (isUtf8(text) && !text.includes(0)) texts.set(file, text.toString());
  }
  return texts;
}

/** Returns a file in which the new name already means something else. A second rename would change that as well. */
function otherUse(name: string, texts: ReadonlyMap<string, string>): string | undefined {
  const own = ['scripts/rename.ts', 'scripts/rename.test.ts'];
  return [...texts].find(([file, text]) => !own.includes(file) && renamed(file, text, name, `${name}-x`) !== text)?.[0];
}

async function renameProject(name: string, folder: string): Promise<void> {
  if (!NAME.test(name)) {
    console.error(
      `'${name}' is not a valid package name; use small letters, digits and dashes: npm run rename -- my-app`,
    );
    process.exit(2);
  }
  const texts = textsOf(folder);
  const used = otherUse(name, texts);
  if (used !== undefined) {
    console.error(
      `'${name}' already occurs in ${used}, and a later rename would change that as well; choose another name`,
    );
    process.exit(2);
  }
  const { name: former } = JSON.parse(await readText(join(folder, 'package.json'))) as { name: string };
  let changed = 0;
  for (const [file, before] of texts) {
    const after = renamed(file, before, former, name);
    if (after === before) continue;
    writeFileSync(join(folder, file), after);
    changed += 1;
  }
  console.log(`Renamed ${former} to ${name} in ${changed} files. Link and build the packages with their new names:`);
  console.log('  npm install && npm run format && npm run build');
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { folder: { type: 'string', default: process.cwd() } },
  });
  await renameProject(positionals[0] ?? '', values.folder);
}
