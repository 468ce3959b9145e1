/** The four judges of a payload, as they are in production: the code of the client, the gateway, the runner and the API. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadRoutes, Secret } from '@spookify/config';
import { ClientError } from '../../packages/client/src/errors.ts';
import { payloadModuleOf } from '../../packages/client/src/testing/payload-module.ts';
import { checkPayload } from '../../packages/client/src/write/payload-validation.ts';
import { GatewayError } from '../../packages/gateway/src/errors.ts';
import { encodeValue } from '../../packages/gateway/src/wire/value.ts';
import { compileBackends } from '../../packages/gateway/src/writes/backends.ts';
import { checkedJob } from '../../packages/gateway/src/writes/check-job.ts';
import { createTargets } from '../../packages/runner/src/delivery/target.ts';
import { apiOf } from '../api-of-spec.ts';

/** Undefined if the payload is accepted; otherwise the reason. */
export type Verdict = string | undefined;

/** The reason of the gateway for a value that no field of the database can have. It is refused before its schema is read. */
export const NO_VALUE = 'not a value of the database';

export interface Judges extends AsyncDisposable {
  /** The verdict of each judge, by its name. */
  verdicts(path: string, payload: unknown): Promise<Readonly<Record<'client' | 'gateway' | 'runner' | 'api', Verdict>>>;
}

const TOKEN = 'a-token-of-this-test';

/**
 * Reads a spec and gives it to all judges, with a handler for every route.
 *
 * @throws ConfigError if the spec has a problem
 */
export async function judgesOf(spec: unknown): Promise<Judges> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-verdicts-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const specFile = path.join(folder, 'openapi.json');
    await writeFile(specFile, JSON.stringify(spec));
    const routes = await loadRoutes(specFile);
    const requests = Object.fromEntries(Object.values(routes).map((route) => [route.path, route.request]));
    const schema = { tables: {}, backends: {}, payloads: () => payloadModuleOf({ api: requests }) };
    const loaded = await schema.payloads();
    const backends = compileBackends([{ name: 'api', table: 'job', routes }]);
    const resolve = createTargets({ name: 'api', baseUrl: 'http://127.0.0.1:3660', routes });
    const app = await apiOf(specFile, Object.keys(routes), new Secret(TOKEN));

    const client = async (route: string, payload: unknown): Promise<Verdict> => {
      try {
        await checkPayload({ ...schema, payloads: async () => loaded }, 'api', route, payload);
        return undefined;
      } catch (error) {
        if (error instanceof ClientError) return error.issues[0]?.message ?? '';
        throw error;
      }
    };
    const gateway = (route: string, payload: unknown): Verdict => {
      try {
        checkedJob({ backend: 'api', path: route, payload: encodeValue(payload) }, backends);
        return undefined;
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        return error.code === 'SPOOKY_GATEWAY_BAD_WRITE'
          ? NO_VALUE
          : (error.details.issues?.[0]?.message ?? error.message);
      }
    };
    const runner = (route: string, payload: unknown): Verdict => {
      const target = resolve({ path: route, payload });
      return target.kind === 'allowed'
        ? undefined
        : target.reason.slice(`The payload does not fit ${route}: `.length, -1);
    };
    const api = async (route: string, payload: unknown): Promise<Verdict> => {
      const target = resolve({ path: route, payload });
      const response = await app.inject({
        method: 'POST',
        url: target.kind === 'allowed' ? target.path : route,
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        payload: JSON.stringify(payload),
      });
      if (response.statusCode === 200) return undefined;
      if (response.statusCode !== 422) throw new Error(`The API answers ${response.statusCode}: ${response.body}`);
      return String(response.json().message).slice('The payload does not match the spec: '.length, -1);
    };
    return {
      verdicts: async (route, payload) => ({
        client: await client(route, payload),
        gateway: gateway(route, payload),
        runner: runner(route, payload),
        api: await api(route, payload),
      }),
      [Symbol.asyncDispose]: async () => {
        await app.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
