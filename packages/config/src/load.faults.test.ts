// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of sp00ky.yml, not of JavaScript
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from './errors.ts';
import { loadConfig } from './load.ts';
import { createProject, type TestProject } from './testing/project.ts';
import { WRONG_CONFIGS } from './testing/wrong-configs.ts';

const projects: TestProject[] = [];
afterAll(() => Promise.all(projects.map((project) => project[Symbol.asyncDispose]())));

async function projectWith(yaml: string): Promise<TestProject> {
  const project = await createProject({ 'schema/bad.env': 'A=1\nnonsense hunter2\nB="hunter2\n', 'sp00ky.yml': yaml });
  projects.push(project);
  return project;
}

async function faultsOf(yaml: string, env = {}): Promise<string[]> {
  const { root } = await projectWith(yaml);
  const error = await loadConfig({ cwd: root, env }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return [];
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message.split('\n');
}

describe('reports what is wrong, where, and what to write instead:', () => {
  test.each(WRONG_CONFIGS)('$name', async ({ lines, faults }) => {
    const found = await faultsOf(`${lines.join('\n')}\n`);
    expect(found).toEqual(faults);
    expect(found.join()).not.toContain('hunter2');
  });

  test('a missing file', async () => {
    const { root } = await projectWith('');
    const error: unknown = await loadConfig({ cwd: root, file: 'other.yml', env: {} }).catch((reason) => reason);
    expect(error).toMatchObject({
      code: 'SPOOKY_CONFIG_NOT_FOUND',
      message:
        'other.yml:1:1: there is no such file; change to the project folder, or name the file with --config FILE',
    });
  });

  test('faults of a spec together with those of the config', async () => {
    const project = await projectWith('mood: dark\nbackends:\n  api: { spec: ./openapi.yaml }\n');
    await project.write({ 'openapi.yaml': 'openapi: 3.1.0\npaths:\n  spookify: {}\n' });
    const error: unknown = await loadConfig({ cwd: project.root, env: {} }).catch((reason) => reason);
    expect((error as ConfigError).issues.map(({ file, line, column, path }) => [file, line, column, path])).toEqual([
      [`${project.root}/sp00ky.yml`, 1, 1, 'mood'],
      [`${project.root}/sp00ky.yml`, 3, 3, 'backends.api.type'],
      [`${project.root}/sp00ky.yml`, 3, 3, 'backends.api.baseUrl'],
      [`${project.root}/sp00ky.yml`, 3, 3, 'backends.api.method'],
      [`${project.root}/openapi.yaml`, 3, 3, 'paths.spookify'],
    ]);
  });

  test('an invalid .env', async () => {
    const project = await projectWith('mode: singlenode\n');
    await project.write({ '.env': '# fine\nhunter2\n' });
    await expect(loadConfig({ cwd: project.root, env: {} })).rejects.toThrow(
      /^\.env:2:1: is not KEY=VALUE; write one variable a line, or put a # before it$/,
    );
  });

  test('an override that is not a URL, with the name of its variable', async () => {
    const yaml = 'backends:\n  my-api: { baseUrl: http://127.0.0.1:1 }\n';
    expect(await faultsOf(yaml, { SPOOKY_BACKEND_MY_API_URL: 'ftp://hunter2' })).toContain(
      'sp00ky.yml:2:13 backends.my-api.baseUrl: SPOOKY_BACKEND_MY_API_URL in the environment must start with http:// or https://; write for example SPOOKY_BACKEND_MY_API_URL=http://127.0.0.1:3660',
    );
    expect(await faultsOf('mode: singlenode\n', { SPOOKY_RUNNER_PORT: 'hunter2' })).toEqual([
      'sp00ky.yml:1:1 runner.port: SPOOKY_RUNNER_PORT in the environment must be a whole number from 0 to 65535, or off; write for example SPOOKY_RUNNER_PORT=3667',
    ]);
  });
});

test('allows the environment to put several backends behind one port', async () => {
  const wrong = WRONG_CONFIGS.find(({ name }) => name === 'a port for two');
  const env = { SPOOKY_BACKEND_MAIL_URL: 'http://127.0.0.1:3660/mail' };
  expect(wrong?.faults).toHaveLength(2);
  expect(await faultsOf(`${wrong?.lines.join('\n')}\n`, env)).toEqual([]);
});

/** Loading returns a config or throws a ConfigError whose issues all have a position in the file. */
async function loadsOrExplains(yaml: string, root: string): Promise<void> {
  try {
    await loadConfig({ cwd: root, env: { SET: 'value' } });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.issues.length).toBeGreaterThan(0);
    const lines = yaml.split('\n').length;
    for (const issue of error.issues.filter(({ file }) => file.endsWith('.yml'))) {
      expect(issue.line).toBeGreaterThan(0);
      expect(issue.line).toBeLessThanOrEqual(lines);
      expect(issue.column).toBeGreaterThan(0);
    }
  }
}

describe('never crashes the loader with', () => {
  const check = async (yaml: fc.Arbitrary<string>, numRuns: number): Promise<void> => {
    const project = await projectWith('');
    await fc.assert(
      fc.asyncProperty(yaml, async (text) => {
        await project.write({ 'sp00ky.yml': text });
        await loadsOrExplains(text, project.root);
      }),
      { numRuns },
    );
  };

  test('any text', () => check(fc.string({ unit: 'binary' }), 300));

  test('text made of YAML syntax', () => {
    const mark = fc.constantFrom(
      ...'\n  \t:-[]{},#&*!|>\'"%@`?~<\\$'.split(''),
      'key',
      '${SET}',
      '${',
      '}',
      'null',
      '1',
    );
    return check(
      fc.array(mark, { maxLength: 40 }).map((marks) => marks.join('')),
      600,
    );
  });

  test('any data in the place of any key', { timeout: 120_000 }, () => {
    const keys = ['mode', 'surrealdb', 'schema', 'clientTypes', 'frontend', 'backends', '__proto__', 'toString'];
    const inner = [
      'api',
      'dev',
      'type',
      'baseUrl',
      'spec',
      'auth',
      'token',
      'method',
      'table',
      'hosting',
      'constructor',
    ];
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('npm', 'http', 'outbox', 'external', './openapi.yaml', './schema', '\u0000', '${UNSET}', ''),
        fc.anything({ maxDepth: 0 }).filter((leaf) => ['number', 'boolean', 'string'].includes(typeof leaf)),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...inner), tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    const file = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 6, noNullPrototype: true });
    return check(
      file.map((data) => JSON.stringify(data)),
      600,
    );
  });
});
