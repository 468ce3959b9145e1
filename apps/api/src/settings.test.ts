import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { StartError } from './errors.ts';
import { parseSettings, publishedValues } from './settings.ts';

const TOKEN = '9f1c5e7a3b2d8064';
const GOOD = {
  SPOOKY_AUTH_TOKEN: TOKEN,
  SPOOKY_DATABASE_URL: 'ws://127.0.0.1:3666/rpc',
  SPOOKY_NAMESPACE: 'main',
  SPOOKY_DATABASE: 'spookify',
  SPOOKY_DATABASE_USER: 'api',
  SPOOKY_DATABASE_PASSWORD: 'a-password-nobody-sees',
};

function issuesOf(
  environment: Record<string, string | undefined>,
  published: string[] = [],
  further: string[] = [],
): readonly string[] {
  try {
    parseSettings(environment, published, further);
    return [];
  } catch (error) {
    if (error instanceof StartError) return error.issues;
    throw error;
  }
}

describe('the settings', () => {
  it('have defaults for everything except secrets and the database', () => {
    const settings = parseSettings(GOOD);
    expect(settings).toMatchObject({ host: '127.0.0.1', port: 3660, logLevel: 'info' });
    expect(settings.token.reveal()).toBe(TOKEN);
    expect(settings.database).toMatchObject({ url: GOOD.SPOOKY_DATABASE_URL, username: 'api' });
  });

  it('use the variables that are set, and treat an empty value, as compose files write it, as unset', () => {
    const settings = parseSettings({ ...GOOD, HOST: '', PORT: '0', LOG_LEVEL: 'debug' });
    expect(settings).toMatchObject({ host: '127.0.0.1', port: 0, logLevel: 'debug' });
  });

  it('list everything that is missing, with a remedy', () => {
    const issues = issuesOf({ PORT: '70000', LOG_LEVEL: 'loud' }, [], ['A_URL is not an address']);
    for (const name of [...Object.keys(GOOD), 'PORT', 'LOG_LEVEL', 'A_URL']) {
      expect(issues.filter((issue) => issue.startsWith(`${name} `))).toHaveLength(1);
    }
  });

  it.each([
    ['', 'is not set'],
    ['   ', 'is not set'],
    ['dev', 'shorter'],
    ['secret', 'shorter'],
    ['fifteen-chars-x', 'shorter'],
    ['change-me', 'published'],
    ['change-me-please-1', 'published'],
    ['please_CHANGE_ME_now', 'published'],
    ['your-api-token-here', 'published'],
    ['this-is-an-example-token', 'published'],
    ['printed-in-the-docs-1', 'published'],
    ['aaaaaaaaaaaaaaaaaaaa', 'guessed'],
    ['ein-schlüssel-für-alle', 'HTTP header'],
  ])('refuse %j as a token', (token, reason) => {
    expect(issuesOf({ ...GOOD, SPOOKY_AUTH_TOKEN: token }, ['printed-in-the-docs-1'])).toEqual([
      expect.stringContaining(reason),
    ]);
  });

  it('refuse an invalid database address', () => {
    for (const url of ['127.0.0.1:3666', 'http://127.0.0.1:3666', 'nonsense']) {
      expect(issuesOf({ ...GOOD, SPOOKY_DATABASE_URL: url })).toEqual([expect.stringContaining('SPOOKY_DATABASE_URL')]);
    }
  });

  it('show no secret, neither printed nor in an error', () => {
    const settings = parseSettings(GOOD);
    const shown = [inspect(settings, { depth: 9 }), JSON.stringify(settings)].join();
    for (const secret of [TOKEN, GOOD.SPOOKY_DATABASE_PASSWORD]) expect(shown).not.toContain(secret);
    expect(issuesOf({ SPOOKY_AUTH_TOKEN: 'a-bad-password-123' }).join()).not.toContain('a-bad-password-123');
  });
});

it('finds the values in an example file, commented out or not', () => {
  expect(publishedValues('# A note\nA_TOKEN=one\n# B_TOKEN="two words"\nEMPTY=\n#C=three\r\n')).toEqual([
    'one',
    'two words',
    'three',
  ]);
});
