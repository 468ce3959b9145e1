import path from 'node:path';

/** A path relative to the working folder, or the absolute path of a file outside it. */
export function displayPath(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative === '' || relative.startsWith('..') ? file : relative;
}
