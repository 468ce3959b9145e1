import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Whether a file of `src/` (path relative to it) is part of the program. */
export function isProgram(file: string): boolean {
  return file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('testing');
}

/** Whether a source of the program is newer than its build. */
export function isStale(packageRoot: string): boolean {
  const source = path.join(packageRoot, 'src');
  const built = modifiedAt(path.join(packageRoot, 'dist/.tsbuildinfo'));
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter(isProgram)
    .some((file) => modifiedAt(path.join(source, file)) > built);
}

/** Milliseconds since 1970; 0 for a file that does not exist. */
function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
