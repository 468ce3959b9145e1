import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { parseWriterSettings } from './writer-settings.ts';

it('selects the offline writer without a key and a server, and treats an empty value as unset', () => {
  for (const environment of [{}, { OPENAI_API_KEY: '', OPENAI_BASE_URL: '', OPENAI_MODEL: 'llama' }]) {
    expect(parseWriterSettings(environment)).toEqual({ writer: { kind: 'offline' }, issues: [] });
  }
});

it('selects a model with a key, or with a server that needs none', () => {
  expect(parseWriterSettings({ OPENAI_API_KEY: 'sk-1' })).toMatchObject({
    writer: { kind: 'openai', baseUrl: undefined },
    issues: [],
  });
  const own = { OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1', OPENAI_MODEL: 'llama' };
  expect(parseWriterSettings(own)).toMatchObject({
    writer: { kind: 'openai', baseUrl: 'http://127.0.0.1:11434/v1', model: 'llama' },
    issues: [],
  });
});

it('reports what is wrong with the address of a server', () => {
  const { issues } = parseWriterSettings({ OPENAI_BASE_URL: 'localhost' });
  expect(issues).toEqual([expect.stringMatching(/^OPENAI_BASE_URL is not an address/)]);
});

it.each([
  [{ OPENAI_API_KEY: 'Bearer sk-1' }, /^OPENAI_API_KEY starts with "Bearer"/],
  [{ OPENAI_API_KEY: '“sk-1”' }, /^OPENAI_API_KEY contains/],
  [{ OPENAI_API_KEY: 'sk-1\u200b' }, /^OPENAI_API_KEY contains/],
  [{ OPENAI_API_KEY: 'sk 1' }, /^OPENAI_API_KEY contains/],
  [{ OPENAI_BASE_URL: 'https://ada:secret@ai.example/v1' }, /^OPENAI_BASE_URL contains a user/],
  [{ OPENAI_BASE_URL: 'https://ai.example/v1/chat/completions' }, /^OPENAI_BASE_URL ends with/],
])('refuses a key or an address that no request can use: %j', (environment, issue) => {
  const { issues } = parseWriterSettings(environment);
  expect(issues).toEqual([expect.stringMatching(issue)]);
  expect(issues.join()).not.toMatch(/sk|secret/);
});

it('does not show the key', () => {
  const { writer } = parseWriterSettings({ OPENAI_API_KEY: 'sk-secret-key' });
  expect(inspect(writer, { depth: 9 }) + JSON.stringify(writer)).not.toContain('sk-secret-key');
});
