import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { loadRoutes } from './openapi.ts';
import { specWithRoute } from './spec-with-route.ts';

const SPEC = `# Kept.
openapi: 3.1.0
info: { title: Print, version: '1' }
paths:
    /print: # kept, too
        post:
            requestBody:
                content: { application/json: { schema: { type: object } } }
            responses: { '200': { description: Printed. } }

# What is shared.
components: {}
`;

describe('specWithRoute', () => {
  it('adds a route that loadRoutes reads, and changes nothing else', async () => {
    const text = specWithRoute(SPEC, '/sum-up', 'sumUp');
    const lines = SPEC.split('\n');
    expect(text.split('\n').filter((line) => lines.includes(line))).toEqual(lines);
    const folder = await mkdtemp(path.join(tmpdir(), 'spooky-spec-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'openapi.yaml');
    await writeFile(file, text);
    const routes = await loadRoutes(file);
    expect(Object.keys(routes)).toEqual(['/print', '/sum-up']);
    expect(routes['/sum-up']?.request).toMatchObject({ required: ['text'] });
    expect(await readFile(file, 'utf8')).toContain('operationId: sumUp');
  });

  it('adds a second route behind the first', () => {
    const once = specWithRoute(SPEC, '/one', 'one');
    const twice = specWithRoute(once, '/two', 'two');
    expect(twice.indexOf('/two:')).toBeGreaterThan(twice.indexOf('/one:'));
    expect(twice.indexOf('# What is shared.')).toBeGreaterThan(twice.indexOf('/two:'));
  });

  it('adds the missing newline at the end of a spec', () => {
    const text = specWithRoute(SPEC.slice(0, SPEC.indexOf('\n\n# What')), '/one', 'one');
    expect(text).toMatch(/Printed\. } }\n {4}\/one:\n {6}post:/);
  });

  it('adds the first route to empty paths', () => {
    const spec = 'openapi: 3.1.0\npaths: {} # none yet\ncomponents: {}\n';
    const text = specWithRoute(spec, '/one', 'one');
    expect(text).toMatch(/^openapi: 3\.1\.0\npaths:\n {2}\/one:\n {4}post:/);
    expect(text).toMatch(/answer: { type: string } # none yet\ncomponents: {}\n$/);
    expect(parse(text)).toMatchObject({ paths: { '/one': { post: { operationId: 'one' } } }, components: {} });
  });

  it('reports that a path exists', () => {
    expect(specWithRoute(SPEC, '/print', 'print')).toBe('there');
  });

  it.each([
    ['without paths', 'openapi: 3.1.0\n'],
    ['with paths in flow style', 'openapi: 3.1.0\npaths: { /print: {} }\n'],
    ['with a path that is null', 'openapi: 3.1.0\npaths:\n'],
    ['that is not YAML', 'paths:\n  a: [\n'],
  ])('leaves a spec %s unchanged', (_, text) => {
    expect(specWithRoute(text, '/one', 'one')).toBe('unsupported');
  });
});
