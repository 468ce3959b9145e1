import { ConfigError, type ConfigIssue } from './errors.ts';

const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)$/;
const DOUBLE_QUOTED = /^"((?:[^"\\]|\\.)*)"[ \t]*(?:#.*)?$/;
const SINGLE_QUOTED = /^'([^']*)'[ \t]*(?:#.*)?$/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * Parses dotenv text: one `KEY=VALUE` per line, LF or CRLF. Blank lines and `#` comments are ignored, and `export `
 * before the key is allowed. A value in single quotes is literal; in double quotes `\n`, `\r`, `\t`, `\"` and `\\` are
 * escapes; an unquoted value ends before ` #`. A value is on one line. Variables are not substituted. The last of two
 * equal keys wins (seed 000, "env-file").
 *
 * @param file name of the file in errors, default `.env`
 * @throws ConfigError `SPOOKY_CONFIG_INVALID` for lines of another form. It names the line and never contains its text.
 */
export function parseEnvFile(text: string, file = '.env'): Record<string, string> {
  const entries: [string, string][] = [];
  const issues: ConfigIssue[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const entry = parseLine(line);
    if (typeof entry === 'string') {
      issues.push({ code: 'SPOOKY_CONFIG_BAD_ENV_FILE', file, line: index + 1, column: 1, path: '', message: entry });
    } else {
      entries.push(entry);
    }
  }
  if (issues.length > 0) throw new ConfigError(issues, '');
  // fromEntries creates own properties, even for `__proto__`.
  return Object.fromEntries(entries);
}

/** Returns the key and the value, or what is wrong with the line. */
function parseLine(line: string): [key: string, value: string] | string {
  const [, key, raw] = ASSIGNMENT.exec(line) ?? [];
  if (key === undefined || raw === undefined)
    return 'is not KEY=VALUE; write one variable a line, or put a # before it';
  if (raw.startsWith('"')) {
    const quoted = DOUBLE_QUOTED.exec(raw)?.[1];
    if (quoted === undefined)
      return `the value of ${key} has no closing " on this line; write "…", \\" for a quote inside, and \\n for a line break`;
    return [key, quoted.replace(/\\(.)/g, (_, character: string) => ESCAPES[character] ?? character)];
  }
  if (raw.startsWith("'")) {
    const quoted = SINGLE_QUOTED.exec(raw)?.[1];
    if (quoted === undefined)
      return `the value of ${key} has no closing ' on this line; write '…', or use double quotes`;
    return [key, quoted];
  }
  return [key, raw.replace(/(?:^|[ \t]+)#.*$/, '').trimEnd()];
}
