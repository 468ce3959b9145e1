/** Tests `npm run update-engine` in clones that their owner has changed. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Project, Projects } from './update-engine/testing/projects.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** In two pieces, because a clone cannot get a name that a file already contains. */
const NAME = ['pumpkin', 'patch'].join('-');
const OLD = 'v9.0.0';
const NEW = 'v9.1.0';

let projects: Projects;
let upstream: Project;

beforeAll(async () => {
  projects = await Projects.create();
  upstream = await projects.ofThis('upstream');
  upstream.write('packages/config/src/retired.ts', 'export const retired = true;\n');
  upstream.write('docs/retired.md', '# Retired\n');
  upstream.commit('Release 9.0.0');
  upstream.git('tag', OLD);

  const { name } = JSON.parse(upstream.read('package.json')) as { name: string };
  upstream.replace('packages/config/src/cron.ts', 'import { Cron }', '/* Of the release. */\nimport { Cron }');
  upstream.replace('packages/config/src/secret.ts', "'[redacted]';", "'[hidden by the release]';");
  upstream.git('rm', '--quiet', 'packages/config/src/retired.ts', 'docs/retired.md');
  upstream.write(
    'packages/gateway/src/fresh.ts',
    `import type { SpookyConfig } from '@${name}/config';\nimport { pino } from 'pino';\n\nexport type Fresh = SpookyConfig;\nexport const fresh = pino;\n`,
  );
  upstream.replace('packages/gateway/package.json', '"fastify": "', '"fastify": "9');
  upstream.replace('package.json', '"yaml": "', '"yaml": "9');
  upstream.replace('package.json', '"dev": "', '"dev": "true && ');
  upstream.replace('package.json', '"rename": "', '"rename": "true && ');
  upstream.replace('docs/glossary.md', '# Glossary', '# Glossary of the release');
  upstream.replace('docs/architecture.md', '# ', '# The release: ');
  upstream.replace('CHANGELOG.md', '\n## ', '\n## 9.1.0\n\n- Fresh is new,\n  and retired is gone.\n\n## ');
  upstream.append('schema/schema.surql', '\n-- Of the release.\n');
  upstream.replace('apps/web/index.html', '<head>', '<head><!-- Of the release. -->');
  upstream.commit('Release 9.1.0');
  upstream.git('tag', NEW);
});
afterAll(() => projects.remove());

describe('a clone with another name, a table, a route and changes in the engine', () => {
  let clone: Project;

  beforeAll(() => {
    clone = projects.squashed(upstream, 'clone', OLD);
    const renaming = clone.run('scripts/rename.ts', NAME);
    expect(renaming.code, renaming.output).toBe(0);
    clone.linkModules();
    clone.append('schema/schema.surql', '\nDEFINE TABLE OVERWRITE patch SCHEMAFULL PERMISSIONS FULL;\n');
    clone.append('openapi.yaml', '\n# /harvest\n');
    clone.write('apps/api/src/routes/harvest.ts', 'export const harvest = true;\n');
    clone.replace('apps/web/index.html', '<head>', '<head><!-- Mine. -->');
    clone.append('packages/config/src/cron.ts', '\n/* Mine. */\n');
    clone.replace('packages/config/src/secret.ts', "'[redacted]';", "'[hidden by me]';");
    clone.write('packages/mine/package.json', '{ "name": "mine", "private": true }\n');
    clone.replace('package.json', '"dev": "', '"dev": "mine && ');
    clone.replace('package.json', '"scripts": {', '"scripts": {\n    "mine": "true",');
    clone.replace('docs/architecture.md', '# ', '# Mine: ');
    const formatting = clone.runTool('@biomejs/biome/bin/biome', 'check', '--write');
    expect(formatting.code, formatting.output).toBe(0);
    clone.commit('Make it mine');
  });

  it('refuses changes that are not committed', () => {
    clone.append('README.md', '\nMine.\n');
    const { code, output } = clone.updateEngine('--from', upstream.root);
    expect([code, output]).toEqual([1, expect.stringContaining('commit or stash them, or repeat with --force')]);
    clone.git('restore', '.');
    expect(clone.changes()).toEqual([]);
  });

  it('reports in a dry run what it would do, and changes nothing', () => {
    const { code, output } = clone.updateEngine('--from', upstream.root, '--dry-run');
    expect(output).toContain(`The engine would be updated from ${OLD} to ${NEW}.`);
    expect(code).toBe(1);
    expect(clone.changes()).toEqual([]);
  });

  it('updates the engine to the release, changes no file of the owner, and reports the conflict', () => {
    const { code, output } = clone.updateEngine('--from', upstream.root);
    expect(output).toContain(`The engine is updated from ${OLD} to ${NEW}.`);
    expect(code).toBe(1);
    expect(clone.changes().toSorted()).toEqual([
      ' D docs/retired.md',
      ' D packages/config/src/retired.ts',
      ' M CHANGELOG.md',
      ' M docs/glossary.md',
      ' M package.json',
      ' M packages/config/src/cron.ts',
      ' M packages/config/src/secret.ts',
      ' M packages/gateway/package.json',
      '?? packages/engine.json',
      '?? packages/gateway/src/fresh.ts',
    ]);
    expect(output).toMatch(/CONFLICTS.*\n {2}packages\/config\/src\/secret\.ts\n/);
    expect(output).toMatch(/Merged with your changes:\n {2}packages\/config\/src\/cron\.ts\n/);
    expect(output).toContain('## 9.1.0\n\n- Fresh is new,\n  and retired is gone.\n');
    expect(output).toContain('docs/architecture.md: you and the release changed it');
    expect(output).toContain('apps/api/package.json: fastify ');
  });

  it('merges changes of both sides, and marks conflicts', () => {
    const cron = clone.read('packages/config/src/cron.ts');
    expect(cron).toContain('/* Of the release. */');
    expect(cron).toContain('/* Mine. */');
    const secret = clone.read('packages/config/src/secret.ts');
    expect(secret).toMatch(
      /<<<<<<< yours\n.*hidden by me.*\n\|{7} old release\n.*\n={7}\n.*hidden by the release.*\n>{7} new release/,
    );
  });

  it('keeps the name of the clone, and its format', () => {
    expect(clone.read('packages/gateway/src/fresh.ts')).toContain(`from '@${NAME}/config'`);
    expect(clone.read('packages/gateway/package.json')).toContain(`"@${NAME}/gateway"`);
  });

  it('changes the engine’s entries of package.json, and keeps those that the owner has changed', () => {
    const { scripts, devDependencies, name } = JSON.parse(clone.read('package.json'));
    expect(devDependencies.yaml).toMatch(/^9/);
    expect(devDependencies).toHaveProperty([`@${NAME}/cli`]);
    expect(name).toBe(NAME);
    expect(scripts).toMatchObject({ mine: 'true', rename: 'node scripts/rename.ts' });
    expect(scripts.dev).toMatch(/^mine && /);
  });

  it('passes the checks when the conflict is resolved', () => {
    const marked = clone.read('packages/config/src/secret.ts');
    clone.write('packages/config/src/secret.ts', marked.replace(/<{7} yours\n(.*\n)[\s\S]*?>{7} new release\n/, '$1'));
    const expectPass = ({ code, output }: { code: number | null; output: string }) => expect(code, output).toBe(0);
    expectPass(clone.runTool('@biomejs/biome/bin/biome', 'check'));
    expectPass(clone.runTool('typescript/bin/tsc', '--noEmit', '-p', 'packages/config'));
  });

  it('finds nothing to do when it runs again', () => {
    clone.commit('Update the engine');
    expect(JSON.parse(clone.read('packages/engine.json'))).toMatchObject({ release: NEW });
    expect(clone.updateEngine('--from', upstream.root)).toEqual({
      code: 0,
      output: `The engine is already up to date with ${NEW}.\n`,
    });
    expect(clone.changes()).toEqual([]);
  });
});

describe('without the old release', () => {
  let clone: Project;
  let other: Project;

  beforeAll(() => {
    clone = projects.squashed(upstream, 'without', OLD);
    clone.replace('packages/config/src/secret.ts', "'[redacted]';", "'[hidden by me]';");
    clone.write('packages/mine/package.json', '{ "name": "mine", "private": true }\n');
    clone.replace('knip.json', '{', '{\n  "mine": 1,');
    clone.commit('Make it mine');
    other = projects.empty('other');
    for (const file of ['package.json', 'knip.json', 'CHANGELOG.md']) other.write(file, upstream.read(file));
    other.write('packages/config/package.json', upstream.read('packages/config/package.json'));
    other.write('packages/config/src/secret.ts', '// Of another history.\n');
    other.commit('Begin');
  });

  it('is refused with a remedy', () => {
    const { code, output } = clone.updateEngine('--from', other.root);
    expect([code, output]).toEqual([1, expect.stringContaining('else repeat with --replace')]);
    expect(clone.changes()).toEqual([]);
  });

  it('replaces the engine on request, and keeps the packages and settings of the owner', () => {
    const { code, output } = clone.updateEngine('--from', other.root, '--replace');
    expect(code, output).toBe(0);
    expect(clone.read('packages/config/src/secret.ts')).toBe('// Of another history.\n');
    expect(clone.has('packages/config/src/cron.ts')).toBe(false);
    expect(clone.has('packages/mine/package.json')).toBe(true);
    expect(clone.read('knip.json')).toContain('"mine"');
    expect(output).toContain('knip.json: the release has a different version');
    expect(clone.changes().filter((line) => /schema\/|apps\/|docs\//.test(line))).toEqual([]);
  });
});

it('is refused for a source with incomplete history, an unknown release, and an older one', () => {
  const clone = projects.squashed(upstream, 'newer', NEW);
  const shallow = projects.empty('shallow');
  shallow.git('fetch', '--quiet', '--depth', '1', `file://${upstream.root}`, 'main');
  shallow.git('checkout', '--quiet', 'FETCH_HEAD');
  const refusal = (...args: string[]) => clone.updateEngine(...args).output;
  expect(refusal('--from', shallow.root)).toContain('git fetch --unshallow');
  expect(refusal('--from', upstream.root, '--to', 'v9.9.9')).toContain('has no v9.9.9; use a tag');
  upstream.git('tag', '--delete', NEW);
  expect(refusal('--from', upstream.root)).toContain(
    `after the newest release ${OLD}; name the wanted version with --to`,
  );
  upstream.git('tag', NEW);
  expect(clone.changes()).toEqual([]);
});
