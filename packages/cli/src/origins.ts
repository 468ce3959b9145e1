import { CliError } from './errors.ts';

/**
 * Returns the origins of the web apps that may use a gateway. Flags take precedence over the variable.
 *
 * @param flags one origin per flag
 * @param variable the value of SPOOKY_ORIGINS: origins separated by commas
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` for a URL with a path or the like. No request of a browser would match it.
 */
export function readOrigins(flags: readonly string[], variable = ''): string[] {
  return listOf(flags, variable).map(parseOrigin);
}

/** The values of a repeatable flag, or else those of a comma-separated variable. */
export function listOf(flags: readonly string[], variable = ''): readonly string[] {
  const given = flags.length > 0 ? flags : variable.split(',');
  return given.map((part) => part.trim()).filter((part) => part !== '');
}

function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (isOrigin) return url.origin;
  throw new CliError(
    'SPOOKY_CLI_BAD_ARGUMENT',
    `${text} is not an origin; write only scheme, host and port, such as https://app.example.com or http://localhost:3600.`,
  );
}
