/**
 * A child process whose environment names a proxy that does not exist, so everything that it reaches is reached
 * directly.
 */
import { withLink } from '../link.ts';
import type { LinkOptions } from '../options.ts';
import { outgoingFetch } from '../socket/outgoing-fetch.ts';

const options: LinkOptions = JSON.parse(String(process.argv[2]));
const endpoint = new URL(options.url.replace(/^ws/, 'http'));
const outcome = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => String(value),
    () => 'failed',
  );
process.send?.({
  link: await outcome(withLink(options, (link) => link.query('RETURN 1'))),
  fetch: await outcome(outgoingFetch(new URL('health', endpoint)).then(({ status }) => status)),
  plainFetch: await outcome(fetch(new URL('health', endpoint)).then(({ status }) => status)),
});
