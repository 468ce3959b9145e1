import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WRONG_ENVIRONMENT } from './exit-code.ts';
import { TOKEN } from './testing/api.ts';
import { ensureBuilt } from './testing/built.ts';
import { startTestDatabase, type TestDatabase } from './testing/database.ts';
import { killPrograms, runOn, runProgram } from './testing/program.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

let database: TestDatabase;

beforeAll(async () => {
  [database] = await Promise.all([startTestDatabase(), ensureBuilt()]);
});
afterEach(() => killPrograms());
afterAll(() => database.close());

describe('the program', () => {
  it('does not start in a wrong environment, lists all issues, and shows no secret', async () => {
    const { exited, output } = runProgram({ SPOOKY_AUTH_TOKEN: 'change-me-change-me', PORT: 'x' });
    expect(await exited).toBe(WRONG_ENVIRONMENT);
    for (const name of ['SPOOKY_AUTH_TOKEN', 'SPOOKY_DATABASE_URL', 'SPOOKY_DATABASE_PASSWORD', 'PORT'])
      expect(output()).toContain(name);
    expect(output()).not.toMatch(/change-me-change-me| at /);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('answers, and exits with 0 on %s', async (signal) => {
    const program = await runOn(database);
    expect((await fetch(`${program.url}/health`)).status).toBe(200);
    program.child.kill(signal);
    expect(await program.exited).toBe(0);
    expect(program.output()).not.toMatch(new RegExp(`${TOKEN}|${database.settings.password.reveal()}`));
  });
});
