import { describe, expect, it } from 'vitest';
import type { Area } from './areas.ts';
import { replacementOf, stepOf } from './merge.ts';

const content = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text));
const file = (text: string | undefined) =>
  text === undefined ? undefined : { content: Buffer.from(text), isExecutable: false };

/** Three versions of a file as [own, old, next]; undefined if it does not exist. */
type Texts = readonly [own: string | undefined, old: string | undefined, next: string | undefined];

const shown = (step: ReturnType<typeof stepOf>) =>
  'content' in step ? [step.kind, step.content.toString()] : step.kind === 'kept' ? [step.kind, step.why] : [step.kind];
const step = (area: Exclude<Area, 'owner'>, [own, old, next]: Texts) =>
  shown(stepOf(area, { own: content(own), old: file(old), next: file(next) }));

describe('a file of the engine', () => {
  it.each<[string, Texts, string[]]>([
    ['is updated', ['1', '1', '2'], ['updated', '2']],
    ['is added', [undefined, undefined, '2'], ['added', '2']],
    ['is deleted', ['1', '1', undefined], ['deleted']],
    ['stays if the release did not change it', ['mine', '1', '1'], ['none']],
    ['stays deleted if the release did not change it', [undefined, '1', '1'], ['none']],
    ['stays if it is that of the release already', ['2', '1', '2'], ['none']],
    ['stays deleted', [undefined, '1', '2'], ['kept', 'you deleted it, and the release changed it']],
    ['stays', ['mine', '1', undefined], ['kept', 'the release deleted it, and you changed it']],
    ['is merged', ['a\nb\nc\nmine\n', 'a\nb\nc\nd\n', '2\nb\nc\nd\n'], ['merged', '2\nb\nc\nmine\n']],
  ])('%s', (_, texts, expected) => {
    expect(step('engine', texts)).toEqual(expected);
  });

  it('gets conflict markers where both have changed the same lines', () => {
    const marked = '<<<<<<< yours\nmine\n||||||| old release\n1\n=======\n2\n>>>>>>> new release\n';
    expect(step('engine', ['mine\n', '1\n', '2\n'])).toEqual(['conflict', marked]);
    expect(step('engine', ['mine\n', undefined, '2\n'])[0]).toBe('conflict');
  });

  it('is not merged if it is not a text', () => {
    expect(step('engine', ['\0mine', '\x001', '\x002'])[0]).toBe('kept');
  });
});

it('keeps a page that the owner has changed', () => {
  expect(step('page', ['1', '1', '2'])).toEqual(['updated', '2']);
  expect(step('page', ['mine', '1', '2'])[0]).toBe('kept');
});

it('replaces only files of the engine if the old release is unknown', () => {
  const replacement = (area: Exclude<Area, 'owner'>, own: string | undefined, next: string | undefined) =>
    shown(replacementOf(area, { own: content(own), next: file(next) }))[0];
  expect(replacement('engine', 'mine', '2')).toBe('updated');
  expect(replacement('engine', 'mine', undefined)).toBe('deleted');
  expect(replacement('engine', undefined, '2')).toBe('added');
  expect(replacement('shared', 'mine', '2')).toBe('kept');
  expect(replacement('shared', undefined, '2')).toBe('added');
  expect(replacement('page', 'mine', '2')).toBe('none');
});
