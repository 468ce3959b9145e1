import { ConfigError, type ConfigIssue } from './errors.ts';

const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)$/;
const DOUBLE_QUOTED = /^"((?:[^"\\]|\\.)*)"[ \t]*(?:#.*)?$/;
const SINGLE_QUOTED = /^'([^']*)'[ \t]*(?:#.*)?$/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * Reads dotenv-style text: one `KEY=VALUE` a line, blank lines and `#` comments ignored, an `export ` before the key
 * allowed, LF or CRLF. A value may be in single quotes (as it stands) or double quotes (`\n`, `\t`, `\"` and `\\`
 * are escapes); unquoted, it ends before a ` #`. Nothing is substituted, and the last of two equal keys wins.
 *
 * @param file named in the error; by default `.env`
 * @throws ConfigError for lines that are none of this; it names the line, never its text
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
  // fromEntries makes own properties of every key, `__proto__` too.
  return Object.fromEntries(entries);
}

/** The key and its value, or what is wrong with the line. */
function parseLine(line: string): [key: string, value: string] | string {
  const [, key, raw] = ASSIGNMENT.exec(line) ?? [];
  if (key === undefined || raw === undefined)
    return 'is not KEY=VALUE; write one variable a line, or put a # before it';
  if (raw.startsWith('"')) {
    const quoted = DOUBLE_QUOTED.exec(raw)?.[1];
    if (quoted === undefined) return `the value of ${key} has no closing "; write "…", and \\" for a quote inside`;
    return [key, quoted.replace(/\\(.)/g, (_, character: string) => ESCAPES[character] ?? character)];
  }
  if (raw.startsWith("'")) {
    const quoted = SINGLE_QUOTED.exec(raw)?.[1];
    if (quoted === undefined) return `the value of ${key} has no closing '; write '…', or use double quotes`;
    return [key, quoted];
  }
  return [key, raw.replace(/(?:^|[ \t]+)#.*$/, '').trimEnd()];
}
