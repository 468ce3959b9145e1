import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A file to write, as an absolute path. */
export interface Write {
  readonly file: string;
  readonly text: string;
  /** It must not be there yet. */
  readonly isNew: boolean;
}

/**
 * Writes all of the files, in their order, or none: when one fails, the others are put back.
 *
 * @returns puts them back later
 * @throws what the file system says
 */
export async function writeAll(writes: readonly Write[]): Promise<() => Promise<void>> {
  const steps: (() => Promise<void>)[] = [];
  const undo = async (): Promise<void> => {
    for (const step of steps.splice(0).toReversed()) await step();
  };
  try {
    for (const write of writes) steps.push(await (write.isNew ? create(write) : replace(write)));
  } catch (error) {
    await undo();
    throw error;
  }
  return undo;
}

async function create({ file, text }: Write): Promise<() => Promise<void>> {
  const folder = path.dirname(file);
  const made = await mkdir(folder, { recursive: true });
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    await removeEmpty(folder, made);
    throw error;
  }
  return async () => {
    await rm(file, { force: true });
    await removeEmpty(folder, made);
  };
}

/** In one step, so that `spooky dev` never reads half a file. */
async function replace({ file, text }: Write): Promise<() => Promise<void>> {
  const before = await readFile(file);
  const put = async (content: string | Buffer): Promise<void> => {
    const draft = `${file}.${process.pid}.tmp`;
    await writeFile(draft, content);
    await rename(draft, file);
  };
  await put(text);
  return () => put(before);
}

/** Removes a folder and those above it up to `made`, unless there is something in them; nothing when none was made. */
async function removeEmpty(folder: string, made: string | undefined): Promise<void> {
  if (made === undefined) return;
  for (let one = folder; one.startsWith(made); one = path.dirname(one)) {
    if (!(await rmdir(one).then(always, never))) return;
  }
}

const always = (): boolean => true;
const never = (): boolean => false;
