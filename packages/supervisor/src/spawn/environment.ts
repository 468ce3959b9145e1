/**
 * What an entry's environment inherits from the host: what a program needs to run at all, nothing that could be a
 * secret. NODE_OPTIONS stays out, as it would load the host's hooks into every child.
 */
const INHERITED = [
  ...['PATH', 'HOME', 'USER', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'TMP', 'TEMP'],
  ...['NODE_ENV', 'NODE_EXTRA_CA_CERTS', 'NO_COLOR', 'FORCE_COLOR'],
  // Windows cannot start programs without these.
  ...['SystemRoot', 'SystemDrive', 'ComSpec', 'PATHEXT', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA'],
];

/** The environment of an entry: the inherited few, and what the caller gives it. */
export function entryEnvironment(
  host: Readonly<Record<string, string | undefined>>,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value !== undefined && (INHERITED.includes(name) || name.startsWith('LC_'))) environment[name] = value;
  }
  return { ...environment, ...extra };
}
