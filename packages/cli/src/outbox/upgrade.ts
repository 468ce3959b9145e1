import { rename, writeFile } from 'node:fs/promises';
import { type EditableText, type LoadOptions, readEditableIfThere } from '@spookify/config';
import { upgradeOutboxFile } from '@spookify/runner/outbox';
import { displayPath } from '../dev/display-path.ts';
import { CliError } from '../errors.ts';
import { type ChangedLine, changedLines } from './changed-lines.ts';
import { chosenOutboxes, type Outbox } from './outboxes.ts';

export interface Upgraded extends Outbox {
  readonly state: 'unchanged' | 'upgraded' | 'stale';
  readonly changes: readonly ChangedLine[];
}

/**
 * Brings outbox files up to date with the template of this engine. The rule between the marks stays byte for byte.
 *
 * @param backend default: those of all backends
 * @param check write nothing, only say what is out of date
 * @throws CliError SPOOKY_CLI_BAD_OUTBOX_FILE, SPOOKY_CLI_BAD_ARGUMENT; then nothing is written
 */
export async function upgradeOutboxes(
  backend: string | undefined,
  check: boolean,
  options: LoadOptions,
): Promise<Upgraded[]> {
  const files = await Promise.all((await chosenOutboxes(backend, options)).map(readUpgrade));
  return Promise.all(
    files.map(async ({ outbox, before, after }): Promise<Upgraded> => {
      if (before.text === after) return { ...outbox, state: 'unchanged', changes: [] };
      const changes = changedLines(before.text, after);
      if (check) return { ...outbox, state: 'stale', changes };
      const draft = `${outbox.file}.${process.pid}.tmp`;
      await writeFile(draft, before.restore(after));
      await rename(draft, outbox.file);
      return { ...outbox, state: 'upgraded', changes };
    }),
  );
}

async function readUpgrade(outbox: Outbox): Promise<{ outbox: Outbox; before: EditableText; after: string }> {
  const { backend, file } = outbox;
  const refuse = (what: string) => new CliError('SPOOKY_CLI_BAD_OUTBOX_FILE', `${displayPath(file)} ${what}`);
  const before = await readEditableIfThere(file);
  if (before === undefined) throw refuse(`is not there; run spooky outbox add ${backend}.`);
  try {
    const after = upgradeOutboxFile(before.text, outbox);
    if (after !== undefined) return { outbox, before, after };
  } catch (error) {
    if (error instanceof RangeError) throw refuse(`${error.message}; upgrade the engine instead.`);
    throw error;
  }
  throw refuse(
    `has no version or no marks around your rule; rename it, run spooky outbox add ${backend}, and copy what jobs may be assigned to, and by whom, between the marks of the new file.`,
  );
}
