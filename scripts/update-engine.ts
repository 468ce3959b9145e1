/**
 * Updates `packages/` and everything that belongs to it to another release of the cloned project. The owner's files do not
 * change, and the owner's changes in the engine are merged. See docs/updating.md.
 *
 *     npm run update-engine -- --from https://example.com/upstream.git
 *     npm run update-engine -- --from ../upstream --to v1.2.0 --dry-run
 */
import { parseArgs } from 'node:util';
import { hasConflicts, report } from './update-engine/report.ts';
import { updateEngine } from './update-engine/update.ts';
import { UpdateError } from './update-engine/update-error.ts';

const USAGE = `npm run update-engine -- --from SOURCE [--to REF] [--base REF | --replace] [--force] [--dry-run]

  --from SOURCE  a git URL, or a folder with a checkout
  --to REF       a tag, branch or commit (default: the newest tag v1.2.3, else the default branch)
  --base REF     the release that the engine comes from, if it cannot be found
  --replace      replace the engine without the old release; your changes in it then exist only in git
  --force        update even if there are uncommitted changes
  --dry-run      change nothing, only report what would change`;

try {
  const { from, 'dry-run': dryRun, ...options } = readOptions();
  const update = await updateEngine({ root: process.cwd(), from, dryRun, ...options });
  console.log(report(update, dryRun));
  if (hasConflicts(update)) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UpdateError)) throw error;
  console.error(`Nothing was changed: ${error.message}`);
  process.exitCode = 1;
}

function readOptions() {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  const options = { from: text, to: text, base: text, replace: flag, force: flag, 'dry-run': flag };
  try {
    const { from, ...values } = parseArgs({ options }).values;
    if (from !== undefined) return { from, ...values };
    console.error(USAGE);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
  process.exit(2);
}
