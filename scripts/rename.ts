/**
 * Gives a clone a name of its own: the scope of its packages, wherever it is written, and the root's
 * name. What the app calls itself on screen, its routes and its database are yours to change by hand.
 *
 *     npm run rename -- my-app && npm install && npm run format
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** What npm allows in a scope, less what it advises against. */
const NAME = /^[a-z][a-z0-9-]{0,50}$/;
const SOURCE = /\.(?:ts|tsx|js|json|md|yml|yaml|html)$|(?:^|\/)Dockerfile$/;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { folder: { type: 'string', default: process.cwd() } },
});
const [name = ''] = positionals;
if (!NAME.test(name)) {
  console.error(`'${name}' is no name for a package; use small letters, digits and dashes: npm run rename -- my-app`);
  process.exit(2);
}
const { name: former } = JSON.parse(readFileSync(join(values.folder, 'package.json'), 'utf8')) as { name: string };
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: values.folder, encoding: 'utf8' }).split('\0');

let changed = 0;
for (const file of tracked.filter((path) => SOURCE.test(path))) {
  const path = join(values.folder, file);
  const before = readFileSync(path, 'utf8');
  let after = before.replaceAll(`@${former}/`, `@${name}/`);
  // The root's own name stands in its manifest, and twice in the lockfile.
  if (/^package(?:-lock)?\.json$/.test(file)) after = after.replaceAll(`"name": "${former}"`, `"name": "${name}"`);
  if (after === before) continue;
  writeFileSync(path, after);
  changed += 1;
}
console.log(`${former} is ${name} now, in ${changed} files. Run npm install to link the packages by their new names.`);
