import { ConfigError, type ConfigIssue, type LoadOptions, type SpookyConfig } from '@spookify/config';
import { loadWithoutTokens } from '../load-without-tokens.ts';
import { readSchema } from './schema.ts';
import { schemaIssues } from './schema-issues.ts';

export type CheckResult =
  | { readonly ok: true; readonly config: SpookyConfig; readonly warnings: readonly ConfigIssue[] }
  | { readonly ok: false; readonly issues: readonly ConfigIssue[]; readonly warnings: readonly ConfigIssue[] };

/**
 * Checks sp00ky.yml, the specs, the schema and the job tables, as `spooky check` does. A missing secret is not a fault, because the
 * first `spooky dev` generates it.
 *
 * @param file the path of the config; default: the nearest sp00ky.yml, from the working folder upwards
 */
export async function runCheck(file?: string, options: Omit<LoadOptions, 'file'> = {}): Promise<CheckResult> {
  try {
    const config = await loadWithoutTokens({ ...options, ...(file !== undefined && { file }) });
    const { errors, warnings: slow } = await schemaIssues(config, await readSchema(config));
    const warnings = [...config.warnings, ...slow];
    return errors.length === 0 ? { ok: true, config, warnings } : { ok: false, issues: errors, warnings };
  } catch (error) {
    if (error instanceof ConfigError) return { ok: false, issues: error.issues, warnings: [] };
    throw error;
  }
}
