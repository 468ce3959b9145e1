import { expect, it } from 'vitest';
import { checkTableDefinitions } from './table-rules.ts';

it('finds tables without PERMISSIONS outside of comments and strings', () => {
  const text = `
    -- DEFINE TABLE a;
    DEFINE TABLE b COMMENT 'PERMISSIONS; DEFINE TABLE c';
    define table overwrite \`d e\` schemafull permissions none;
    DEFINE TABLE IF NOT EXISTS f TYPE NORMAL /* PERMISSIONS FULL */;
    DEFINE FIELD g ON b TYPE string ASSERT $value = /'/ PERMISSIONS FULL;
    DEFINE TABLE h PERMISSIONS FOR select WHERE { LET $a = 1; RETURN $a = 1 };
    DEFINE TABLE i`;
  const found = checkTableDefinitions(text);
  expect(found.map(({ table }) => table)).toEqual(['b', 'f', 'i']);
  expect(found.map(({ index }) => text.slice(index, index + 12))).toEqual(Array(3).fill('DEFINE TABLE'));
});

it('refuses reserved names', () => {
  expect(checkTableDefinitions('DEFINE TABLE spooky_note PERMISSIONS FULL')).toMatchObject([
    { code: 'SPOOKY_CONFIG_RESERVED_TABLE', table: 'spooky_note', index: 0 },
  ]);
});
