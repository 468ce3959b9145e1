import path from 'node:path';
import { closest } from './did-you-mean.ts';
import { readText } from './text-file.ts';

/**
 * Returns why npm and pnpm would not find `script` in this folder, or undefined. Like them, it reads the nearest
 * package.json, in the folder or above it.
 */
export async function whyNoScript(script: string, folder: string, root: string): Promise<string | undefined> {
  const found = await nearestPackage(folder);
  if (found === undefined) {
    return `there is no package.json in ${path.relative(root, folder) || '.'} or above it; create one that has the script`;
  }
  const shown = path.relative(root, found.file);
  const scripts = scriptsOf(found.text);
  if (scripts === undefined) return `${shown} is not JSON, so npm cannot run its scripts; correct it`;
  if (scripts.includes(script)) return undefined;
  const guess = closest(script, scripts);
  const hint = guess === undefined ? `it has: ${scripts.join(', ') || 'none'}` : `did you mean ${guess}?`;
  return `${shown} has no script ${script}; ${hint}`;
}

async function nearestPackage(folder: string): Promise<{ file: string; text: string } | undefined> {
  const file = path.join(folder, 'package.json');
  const text = await readText(file).catch(() => undefined);
  if (text !== undefined) return { file, text };
  const above = path.dirname(folder);
  return above === folder ? undefined : nearestPackage(above);
}

function scriptsOf(text: string): string[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Object.keys(Object(Object(parsed).scripts));
  } catch {
    return undefined;
  }
}
