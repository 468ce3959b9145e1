import { CliError } from './errors.ts';

/**
 * Parses an address to listen on.
 *
 * @param text `HOST:PORT`, or `PORT` for loopback
 * @param example a valid address, for the error message
 * @throws CliError `SPOOKY_CLI_USAGE`
 */
export function parseBind(text: string, example: string): { host: string; port: number } {
  const [, host, port] = /^(?:(.*):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) {
    throw new CliError('SPOOKY_CLI_USAGE', `${text} is not an address; write HOST:PORT, such as ${example}.`);
  }
  return { host: host?.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(port) };
}
