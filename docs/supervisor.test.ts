import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { expect, it, onTestFinished } from 'vitest';

/** The quick start of docs/supervisor.md does what the page says: copied from it, built, and run. */
const root = fileURLToPath(new URL('..', import.meta.url));

it('the quick start of the supervisor runs as it stands on the page', async () => {
  const page = readFileSync(join(root, 'docs/supervisor.md'), 'utf8');
  const [entry = '', host = ''] = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1]);

  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'spookify-example-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'dist/backend-processes'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'dist/backend-processes/watchdog.js'), built(entry));
  writeFileSync(join(folder, 'host.js'), built(host));

  // The condition takes the package's sources, so that nothing has to be built first.
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=source', 'host.js'], {
    cwd: folder,
  });
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  expect(JSON.parse(lines[0] ?? '')).toEqual({ type: 'tick', at: expect.any(Number) });
  expect(lines.at(-1)).toBe('stopped');
});

function built(source: string): string {
  const { ESNext } = ts.ModuleKind;
  return ts.transpileModule(source, { compilerOptions: { module: ESNext, target: ts.ScriptTarget.ES2024 } }).outputText;
}
