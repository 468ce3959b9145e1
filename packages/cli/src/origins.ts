import { CliError } from './errors.ts';

/**
 * The origins of the web apps that may use a gateway. Flags win over the variable.
 *
 * @param flags one origin each
 * @param variable SPOOKY_ORIGINS: origins with commas between them
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` for a URL that is more than an origin, which a browser never sends
 */
export function readOrigins(flags: readonly string[], variable = ''): string[] {
  return listOf(flags, variable).map(parseOrigin);
}

/** What the flags say, or else a variable that has commas in it. */
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
    `${text} is no origin; write scheme, host and port alone, such as https://app.example.com or http://localhost:3600.`,
  );
}
