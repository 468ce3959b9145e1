import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ENTRY = fileURLToPath(new URL('./build-entry.ts', import.meta.url));
const builds = new Map<string, Promise<string>>();

/**
 * Returns the folder with the production build of the web app. It is built once in this process.
 *
 * @param version makes another build, whose pages have it in the attributes `data-page` and `data-script` of `<html>`
 */
export function buildOf(version = ''): Promise<string> {
  const known = builds.get(version);
  if (known !== undefined) return known;
  const folder = build(version);
  builds.set(version, folder);
  return folder;
}

async function build(version: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spookify-web-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const args = ['--conditions=source', ENTRY, folder, ...(version === '' ? [] : [version])];
  await promisify(execFile)(process.execPath, args, { env: { PATH: process.env.PATH, NODE_ENV: 'production' } });
  return folder;
}
