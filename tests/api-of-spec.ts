import type { Secret } from '@spookify/config';
import { type AppParts, createApp } from '../apps/api/src/app.ts';

const nothing = (): void => {};
const levels = { fatal: nothing, error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing };
const SILENT = { ...levels, silent: nothing, level: 'silent', child: () => SILENT } as AppParts['logger'];

/** Creates the API with a handler for each path of a spec, which answers with the path and the payload. */
export function apiOf(specFile: string, paths: readonly string[], token: Secret): ReturnType<typeof createApp> {
  const answers = paths.map((path) => [path, async ({ body }: { body: unknown }) => ({ path, body })]);
  const routes: AppParts['routes'] = Object.fromEntries(answers);
  return createApp({ token, specFile, routes, database: { isReachable: async () => true }, logger: SILENT });
}
