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
  const problem = baseUrl === undefined ? undefined : urlProblem('OPENAI_BASE_URL', baseUrl, ['http:', 'https:']);
  return {
    writer: {
      kind: 'openai',
      // A self-hosted server often needs no key, but the protocol requires the header.
      apiKey: new Secret(apiKey ?? 'none'),
      baseUrl,
      model: optional('OPENAI_MODEL') ?? DEFAULT_MODEL,
    },
    issues: problem === undefined ? [] : [problem],
  };
}
