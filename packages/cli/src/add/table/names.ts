import { OWN_PREFIX } from '@spookify/gateway/install';
import { CliError } from '../../errors.ts';

/** What the parts of a table are called. */
export interface TableNames {
  /** In the schema: `meeting_note`. */
  readonly table: string;
  /** Of its files: `meeting-note`. */
  readonly file: string;
  /** Of its page, and the page's address: `meeting-notes`. */
  readonly page: string;
  /** Of components: `MeetingNote` and, for several, `MeetingNotes`. */
  readonly pascal: string;
  readonly pascalPlural: string;
  /** In sentences: `meeting note` and `meeting notes`. */
  readonly one: string;
  readonly many: string;
}

const NAME = /^(?=.{1,30}$)[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

/** With one of these as a table's name, SurrealQL 3.0.2 cannot read some statements. Found by trying all of its keywords. */
const KEYWORDS =
  /^(?:alter|and|break|continue|create|define|delete|explain|false|for|from|function|if|info|insert|let|none|null|only|rebuild|relate|remove|return|select|sleep|table|throw|true|update|upsert)$/;

/** The record of migrations, and what every JavaScript object has. */
const TAKEN = /^(?:migration|constructor)$/;

/** An s, but not that of address, status or analysis. */
const PLURAL = /[^sui]s$/;

/**
 * @param plural the word for several rows, where English does not form it by its rules
 * @throws CliError SPOOKY_CLI_BAD_ARGUMENT
 */
export function tableNames(table: string, plural?: string): TableNames {
  const fault = faultOf(table) ?? (plural === undefined ? pluralFault(table) : faultOf(plural));
  if (fault !== undefined) throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', fault);
  const words = table.split('_');
  const severalWords = (plural ?? pluralOf(table)).split('_');
  return {
    table,
    file: words.join('-'),
    page: severalWords.join('-'),
    pascal: pascalOf(words),
    pascalPlural: pascalOf(severalWords),
    one: words.join(' '),
    many: severalWords.join(' '),
  };
}

function faultOf(name: string): string | undefined {
  if (!NAME.test(name)) {
    return `"${name}" cannot name a table here; write up to 30 small letters, digits and _, such as note or meeting_note.`;
  }
  if (KEYWORDS.test(name)) return `${name} is a word of SurrealQL, which needs quotes as a name; choose another name.`;
  if (TAKEN.test(name) || name.startsWith(OWN_PREFIX)) return `${name} belongs to the engine; choose another name.`;
  return undefined;
}

function pluralFault(table: string): string | undefined {
  if (!PLURAL.test(table)) return undefined;
  const singular = singularOf(table);
  return `${table} looks like a plural, and a table is named after one row; run spooky add table ${singular}. If ${table} is the word for one row, say that for several with --plural.`;
}

function pluralOf(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(?:s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

function singularOf(word: string): string {
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  return word.replace(/(?<=x|z|ch|sh|ss)es$|s$/, '');
}

function pascalOf(words: readonly string[]): string {
  return words.map(capitalized).join('');
}

/** With its first letter in upper case. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
