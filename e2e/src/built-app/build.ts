import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WEB } from './web.ts';

const ENTRY = fileURLToPath(new URL('./build-entry.ts', import.meta.url));
const builds = new Map<string, Promise<string>>();

/** What to build. */
export interface Build {
  /** The folder with index.html and vite.config.ts. Default: the web app. */
  readonly root?: string;
  /** Makes another build, whose pages have this text in the attributes `data-page` and `data-script` of `<html>`. */
  readonly version?: string;
  /** Builds the app with its developer tools. Default: false. */
  readonly devtools?: boolean;
}

/** Returns the folder with a production build. It is built once in this process. */
export function folderOf({ root = WEB, version = '', devtools = false }: Build = {}): Promise<string> {
  const key = `${root} ${version} ${devtools}`;
  const known = builds.get(key);
  if (known !== undefined) return known;
  const folder = build(root, version, devtools);
  builds.set(key, folder);
  return folder;
}

async function build(root: string, version: string, devtools: boolean): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spookify-web-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const args = ['--conditions=source', ENTRY, root, folder, ...(version === '' ? [] : [version])];
  const env = { PATH: process.env.PATH, NODE_ENV: 'production', ...(devtools ? { VITE_DEVTOOLS: '1' } : {}) };
  await promisify(execFile)(process.execPath, args, { env });
  return folder;
}
