import { expect, it } from 'vitest';
import { findUnknownFunctions } from './unknown-functions.ts';

it('finds calls of unknown functions outside of comments and strings', () => {
  const text = `
    -- fn::a();
    DEFINE FUNCTION fn::note::is_own($note: object) { RETURN $note.author = $auth.id };
    DEFINE TABLE note PERMISSIONS FOR select WHERE fn::note::is_owm($this) AND fn::note::is_own ($this);
    DEFINE FIELD a ON note VALUE fn::other ('fn::b()') COMMENT "fn::c()";`;
  const found = findUnknownFunctions(text, ['fn::note::is_own']);
  expect(found.map(({ name, message }) => [name, /;\s(.*)$/.exec(message)?.[1]])).toEqual([
    ['fn::note::is_owm', 'did you mean fn::note::is_own?'],
    ['fn::other', 'write DEFINE FUNCTION fn::other, or correct the name'],
  ]);
  expect(found.map(({ index }) => text.slice(index, index + 6))).toEqual(['fn::no', 'fn::ot']);
});
