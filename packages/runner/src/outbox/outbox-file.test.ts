import { describe, expect, it } from 'vitest';
import { newOutboxFile, parseOutboxFile, upgradeOutboxFile } from './index.ts';
import { OUTBOX_VERSION, RULE_MARKS } from './template.ts';

const NAMES = { backend: 'mail', table: 'mail_job' };
const RULE = '-- A rule,\r\n  with both line ends and `ticks` and $& dollars\n';

describe('newOutboxFile', () => {
  it('contains the version, and its table everywhere', () => {
    const text = newOutboxFile(NAMES);
    expect(text.split('\n')[0]).toBe(`-- spooky outbox, version ${OUTBOX_VERSION}`);
    expect(text).toContain('The outbox of the backend `mail`');
    expect(text).not.toMatch(/fn::job::| ON job |OVERWRITE job/);
    expect(text).not.toMatch(/undefined|\$\{/);
  });

  it('returns the rule byte for byte', () => {
    expect(parseOutboxFile(newOutboxFile(NAMES, RULE))).toEqual({ version: OUTBOX_VERSION, rule: RULE });
  });
});

describe('upgradeOutboxFile', () => {
  it('leaves a file of this engine unchanged', () => {
    const text = newOutboxFile(NAMES, RULE);
    expect(upgradeOutboxFile(text, NAMES)).toBe(text);
  });

  it('replaces everything but the rule', () => {
    const text = newOutboxFile(NAMES, RULE);
    const older = `${text.replace(/version \d+/, 'version 0').replace(/^DEFINE INDEX.*\n/gm, '')}-- mine\n`;
    expect(upgradeOutboxFile(older, NAMES)).toBe(text);
  });

  it('keeps the line ends of a file', () => {
    const text = newOutboxFile(NAMES).replaceAll('\n', '\r\n');
    expect(upgradeOutboxFile(text, NAMES)).toBe(text);
    const older = text.replace(/version \d+/, 'version 0');
    expect(older).not.toBe(text);
    expect(upgradeOutboxFile(older, NAMES)).toBe(text);
  });

  it.each([
    ['a version', /^.*version.*\n/],
    ['the first mark', `${RULE_MARKS.begin}\n`],
    ['the last mark', `${RULE_MARKS.end}\n`],
  ])('returns undefined for a file without %s', (_, removed) => {
    expect(upgradeOutboxFile(newOutboxFile(NAMES).replace(removed, ''), NAMES)).toBeUndefined();
  });

  it('refuses a file of a later engine', () => {
    const later = newOutboxFile(NAMES).replace(/version \d+/, 'version 99');
    expect(() => upgradeOutboxFile(later, NAMES)).toThrow('has version 99');
  });
});
