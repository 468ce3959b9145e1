import { urlFault } from '@spookify/config';
import { CliError } from './errors.ts';

/**
 * `SPOOKY_DATABASE_URL`, which comes before what sp00ky.yml says; undefined when it is not set.
 *
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT` when it is no address of a server: it would be waited for without end
 */
export function databaseUrl({ SPOOKY_DATABASE_URL: url }: Readonly<Record<string, string>>): string | undefined {
  if (!url) return undefined;
  const fault = urlFault(url, ['ws:', 'wss:', 'http:', 'https:']);
  if (fault === undefined) return url;
  throw new CliError(
    'SPOOKY_CLI_BAD_ARGUMENT',
    `SPOOKY_DATABASE_URL ${fault}; write for example SPOOKY_DATABASE_URL=wss://db.example.com/rpc.`,
  );
}
