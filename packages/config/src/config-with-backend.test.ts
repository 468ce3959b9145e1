import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type BackendEntry, backendEntry, configWithBackend } from './config-with-backend.ts';

const MAIL: BackendEntry = {
  name: 'mail',
  baseUrl: 'http://127.0.0.1:3661',
  spec: './apps/mail/openapi.yaml',
  tokenVariable: 'MAIL_AUTH_TOKEN',
  table: 'mail_job',
  outbox: './schema/outbox/mail.surql',
  dev: '{ type: npm, script: dev, workdir: ./apps/mail }',
};
const VALUE = {
  type: 'http',
  baseUrl: 'http://127.0.0.1:3661',
  spec: './apps/mail/openapi.yaml',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of sp00ky.yml
  auth: { type: 'token', token: '${MAIL_AUTH_TOKEN}' },
  method: { type: 'outbox', table: 'mail_job', schema: './schema/outbox/mail.surql' },
  dev: { type: 'npm', script: 'dev', workdir: './apps/mail' },
};
const CONFIG = `# Kept.
backends:
    api:   # kept, too
        type: http
        dev: npm run dev   # as it is
    # What comes next?

# The schedules.
schedules: {}
`;

describe('configWithBackend', () => {
  it('adds the backend after the others and changes nothing else', () => {
    const text = configWithBackend(CONFIG, MAIL);
    expect(parse(text)).toEqual({
      backends: { api: { type: 'http', dev: 'npm run dev' }, mail: VALUE },
      schedules: {},
    });
    const added = backendEntry(MAIL, '    ').split('\n');
    expect(text.split('\n').filter((line) => !added.includes(line))).toEqual(CONFIG.split('\n'));
    expect(text).toContain('as it is\n    mail:\n      type: http\n');
  });

  it.each([
    ['without an end of the last line', 'backends:\n  api: {}', { api: {}, mail: VALUE }],
    ['without backends', 'mode: singlenode\n', { mail: VALUE }],
    ['that is empty', '', { mail: VALUE }],
    ['that has only a comment', '# Mine.\n', { mail: VALUE }],
    ['with an empty list', 'backends: {}\n', { mail: VALUE }],
    ['with an empty list before more', 'backends:\n  # None yet.\nschedules: {}\n', { mail: VALUE }],
  ])('adds it to a config %s', (_, text, backends) => {
    const entered = configWithBackend(text, MAIL);
    expect(parse(entered).backends).toEqual(backends);
    for (const line of text.split('\n').filter((one) => !one.startsWith('backends'))) expect(entered).toContain(line);
  });

  it('reports that the backend exists', () => {
    expect(configWithBackend('backends: { mail: {} }', MAIL)).toBe('there');
  });

  it.each([
    ['whose backends are in flow style', 'backends: { api: {} }\n'],
    ['whose backends are a text', 'backends: none\n'],
    ['in flow style', '{ mode: singlenode }\n'],
    ['that is no YAML', 'backends:\n  a: [\n'],
    ['that is a list', '- backends\n'],
  ])('leaves a config %s to its owner', (_, text) => {
    expect(configWithBackend(text, MAIL)).toBe('unsupported');
  });

  it.each(['{ type: npm', 'a: b', 'sh\n  token: mine', '"'])('refuses the dev command %j', (dev) => {
    expect(configWithBackend(CONFIG, { ...MAIL, dev })).toBe('unsupported');
  });
});
