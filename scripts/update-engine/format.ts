import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { File } from './source.ts';
import { UpdateError } from './update-error.ts';

const SETTINGS = ['biome.json', '.gitignore'];

/**
 * Returns the files as `npm run format` would write them in the clone, with its settings.
 *
 * @param root the folder of the clone
 * @throws UpdateError if the formatter is not installed
 */
export async function formatted(files: ReadonlyMap<string, File>, root: string): Promise<Map<string, File>> {
  const biome = path.join(root, 'node_modules/@biomejs/biome/bin/biome');
  if (!existsSync(biome)) {
    throw new UpdateError(
      'the formatter is not installed, and clone and release differ in names or format; run npm install.',
    );
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-format-'));
  try {
    for (const name of SETTINGS) await cp(path.join(root, name), path.join(folder, name));
    const written = [...files].filter(([file]) => !SETTINGS.includes(file));
    for (const [file, { content }] of written) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), content);
    }
    // The exit code says whether a file cannot be parsed; such a file stays unchanged.
    spawnSync(process.execPath, [biome, 'check', '--write', '--linter-enabled=false'], { cwd: folder });
    const read = (file: string, { isExecutable }: File): [string, File] => [
      file,
      { content: readFileSync(path.join(folder, file)), isExecutable },
    ];
    return new Map([...files, ...written.map(([file, before]) => read(file, before))]);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
