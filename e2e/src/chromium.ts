import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type LaunchOptions } from '@playwright/test';
import manifest from '../package.json' with { type: 'json' };

/**
 * Finds Chromium, in this order: `SPOOKY_CHROMIUM` (a path), Playwright's own browser, an installed one, and otherwise the
 * one in the npm package @sparticuz/chromium (Linux x64).
 */
export async function launchOptions(): Promise<LaunchOptions> {
  const executablePath = process.env.SPOOKY_CHROMIUM ?? installed() ?? (await unpacked());
  // Root cannot use Chromium's sandbox. The other flags keep Chromium from using the network by itself.
  const args = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  return { executablePath, args };
}

function installed(): string | undefined {
  const candidates = [
    chromium.executablePath(),
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  return candidates.find((path) => existsSync(path));
}

/**
 * The package unpacks into the temporary folder and reuses files there, even of another version, so it gets a separate
 * folder.
 */
async function unpacked(): Promise<string> {
  const version = manifest.devDependencies['@sparticuz/chromium'];
  const folder = fileURLToPath(new URL(`../../node_modules/.cache/chromium-${version}`, import.meta.url));
  const path = join(folder, 'chromium');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    return await packed.executablePath();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}
