/**
 * Removes the demo from a clone: threads, comments and their AI. An app with accounts and one empty page remains, with the
 * backend without a route, its job table, and the unchanged engine.
 *
 *     npm run remove-demo
 *
 * It needs a clean working tree (or `--force`), so that `git diff` shows every change and `git checkout .` undoes it.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type EditableText, readEditable } from '../../packages/config/src/text-file.ts';
import { withoutLinks } from './links.ts';
import { EDITS, REMOVED } from './plan.ts';

const FILES = path.join(import.meta.dirname, 'files');
/** The code of the demo's route. If it is missing, the demo was removed. */
const DEMO = 'apps/api/src/routes/spookify.ts';

const { values } = parseArgs({
  options: {
    force: { type: 'boolean', default: false },
    folder: { type: 'string', default: path.resolve(import.meta.dirname, '../..') },
  },
});
const folder = path.resolve(values.folder);
const at = (file: string): string => path.join(folder, file);
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const node = (...args: string[]): string => run(process.execPath, ...args);

function refuse(message: string): never {
  console.error(message);
  process.exit(1);
}

if (!existsSync(at(DEMO))) refuse(`The demo is already removed: ${DEMO} does not exist.`);
if (!values.force && run('git', 'status', '--porcelain') !== '') {
  refuse(
    'The working tree has changes that are not committed. Commit or stash them first, or run: npm run remove-demo -- --force',
  );
}

// All edits are computed before anything is written.
const changed = new Map<string, { readonly before: EditableText; readonly after: string }>();
for (const [file, edit] of Object.entries(EDITS)) {
  const before = existsSync(at(file)) ? await readEditable(at(file)) : undefined;
  const after = before && edit(before.text);
  if (before === undefined || after === undefined)
    refuse(`${file} differs from the demo's version, so nothing was changed. Remove the demo from it by hand.`);
  changed.set(file, { before, after });
}
const isGone = (file: string): boolean => REMOVED.some((gone) => file === gone || file.startsWith(`${gone}/`));
/** `routes/index.ts` exists only for the types of the others. In a clone it is edited, because it may have more routes. */
const placed = globSync('**/*', { cwd: FILES, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== 'tsconfig.json')
  .map((entry) => path.relative(FILES, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
  .filter((file) => !(file in EDITS));
for (const document of globSync(['*.md', 'docs/**/*.md'], { cwd: folder })) {
  if (isGone(document) || placed.includes(document)) continue;
  const before = changed.get(document)?.before ?? (await readEditable(at(document)));
  const text = changed.get(document)?.after ?? before.text;
  const unlinked = withoutLinks(document, text, isGone);
  if (unlinked !== text) changed.set(document, { before, after: unlinked });
}

for (const [file, { before, after }] of changed) writeFileSync(at(file), before.restore(after));
for (const file of placed) cpSync(path.join(FILES, file), at(file));
for (const file of REMOVED) rmSync(at(file), { recursive: true, force: true });

console.log('The demo is removed. Generating types and pages…');
const left: string[] = [];
/** Runs a command. If it fails because of something else in the clone, the owner can run it later by hand. */
function write(command: string, ...args: string[]): void {
  try {
    node(...args);
  } catch {
    left.push(`  ${command.padEnd(32)}failed; run it again`);
  }
}
write('npx spooky generate', '--conditions=source', 'packages/cli/src/main.ts', 'generate');
write('npm run errors-page', 'scripts/errors-page.ts');
const recorded = ['tests/permissions', '-u', '-t', 'gives every role'];
write('npx vitest run tests/permissions -u', 'node_modules/vitest/vitest.mjs', 'run', ...recorded);
const formatted = [...changed.keys()].filter((file) => /\.(json|tsx?)$/.test(file));
write('npm run format', 'node_modules/@biomejs/biome/bin/biome', 'format', '--write', ...formatted);

const states = run('git', 'status', '--porcelain', '--untracked-files=all').trimEnd().split('\n');
const count = (state: RegExp): number => states.filter((line) => state.test(line)).length;
console.log(`Removed ${count(/^.?D/)} files, changed ${count(/^.?M/)}, added ${count(/^\?\?/)}: git status lists them.
This command is removed as well. Next steps:
  npm install && npm run build    links and builds the remaining packages
  npm run dev                     starts the app: sign up and see the empty page
  npx spooky db reset             deletes the demo's data in .data, if there is any
${left.join('\n')}`);
