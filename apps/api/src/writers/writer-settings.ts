import { Secret } from '@spookify/config';
import { urlProblem } from '../settings.ts';
import type { WriterSettings } from './writer.ts';

/** Small, fast and good at prose. `OPENAI_MODEL` selects another. */
const DEFAULT_MODEL = 'gpt-5.4-mini';

/** Returns the writer that the environment selects, and the issues with these settings. An empty value counts as unset. */
export function parseWriterSettings(environment: Readonly<Record<string, string | undefined>>): {
  readonly writer: WriterSettings;
  readonly issues: readonly string[];
} {
  const optional = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const [apiKey, baseUrl] = [optional('OPENAI_API_KEY'), optional('OPENAI_BASE_URL')];
  if (apiKey === undefined && baseUrl === undefined) return { writer: { kind: 'offline' }, issues: [] };
  const problems = [apiKey === undefined ? undefined : keyProblem(apiKey), addressProblem(baseUrl)];
  return {
    writer: {
      kind: 'openai',
      // A self-hosted server often needs no key, but the protocol requires the header.
      apiKey: new Secret(apiKey ?? 'none'),
      baseUrl,
      model: optional('OPENAI_MODEL') ?? DEFAULT_MODEL,
    },
    issues: problems.filter((problem) => problem !== undefined),
  };
}

/** Returns why an HTTP header cannot carry this key, or undefined. */
function keyProblem(key: string): string | undefined {
  if (/^bearer\s/i.test(key)) return 'OPENAI_API_KEY starts with "Bearer"; set it to the key alone';
  if (/^[\x21-\x7e]+$/.test(key)) return undefined;
  return 'OPENAI_API_KEY contains a space or another character that no key has; copy the key again';
}

/** Returns why no request can be made to this address, or undefined. */
function addressProblem(baseUrl: string | undefined): string | undefined {
  if (baseUrl === undefined) return undefined;
  const problem = urlProblem('OPENAI_BASE_URL', baseUrl, ['http:', 'https:']);
  if (problem !== undefined) return problem;
  const { username, password, pathname } = new URL(baseUrl);
  if (username + password !== '') return 'OPENAI_BASE_URL contains a user or a password; set OPENAI_API_KEY instead';
  if (!/\/(?:chat\/)?completions\/?$/.test(pathname)) return undefined;
  return 'OPENAI_BASE_URL ends with the path of a request; leave out /chat/completions';
}
