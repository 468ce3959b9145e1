/* A database and several gateways, each in a separate process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLink, type Link, type LinkOptions, withLink } from '@spookify/surreal-link';
import { reusablePort } from '../../../../surreal-link/src/testing/killable-server.ts';
import { installGateway } from '../../install/install.ts';
import type { GatewayOptions } from '../../server/options.ts';
import { TOKEN_KEY } from '../database.ts';
import { ORIGIN } from '../test-gateway.ts';
import { createKillableProcess, type KillableProcess } from './killable-process.ts';
import type { GatewayState } from './observed-gateway-entry.ts';

const ROOT = { username: 'root', password: 'root-of-a-test' };
const SERVICE = { username: 'gateway', password: 'gateway-of-a-test' };
const NAMES = { namespace: 'main', database: 'app' };

export interface ClusterGateway extends KillableProcess {
  readonly port: number;
  /** `http://127.0.0.1:…` */
  readonly url: string;
  state(): Promise<GatewayState>;
}

export interface Cluster {
  /** For links as the gateways' service user. */
  readonly options: LinkOptions;
  /** A link as the owner of the database. */
  readonly owner: Link;
  readonly database: KillableProcess;
  readonly gateways: readonly ClusterGateway[];
  close(): Promise<void>;
}

export interface ClusterOptions {
  readonly schema: string;
  readonly gateways: number;
  /** Replaces options of every gateway. */
  readonly options?: Partial<GatewayOptions>;
  /** The URL at which a gateway reaches the database, given the database's own. Default: the same. */
  readonly through?: (databaseUrl: string) => Promise<string>;
}

export async function startCluster({ schema, gateways: count, options, through }: ClusterOptions): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'spooky-gateway-cluster-'));
  const databasePort = await reusablePort();
  const url = `ws://127.0.0.1:${databasePort}/rpc`;
  const database = createKillableProcess('the database', './database-entry.ts', {
    storage: { type: 'rocksdb', path: folder },
    root: ROOT,
    serviceOnly: true,
    port: databasePort,
  });
  const asOwner = { url, ...NAMES, ...ROOT, levels: ['root'], defineMissing: true, waitMs: 30_000 } as const;
  const owner = createLink(asOwner);
  const gateways: ClusterGateway[] = [];

  async function close(): Promise<void> {
    await Promise.all(gateways.map((gateway) => gateway.kill()));
    await owner.close();
    await database.kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }

  async function begin(): Promise<void> {
    await database.start();
    await withLink(asOwner, async (link) => {
      await link.queryAll(schema);
      await link.queryAll(`DEFINE USER gateway ON DATABASE PASSWORD '${SERVICE.password}' ROLES EDITOR`);
      await installGateway(link, TOKEN_KEY);
    });
    await owner.open();
    for (let index = 0; index < count; index += 1) gateways.push(await newGateway(index));
    await Promise.all(gateways.map((gateway) => gateway.start()));
  }

  async function newGateway(index: number): Promise<ClusterGateway> {
    const port = await reusablePort();
    const settings: Omit<GatewayOptions, 'logger'> = {
      database: { url: (await through?.(url)) ?? url, ...NAMES, ...SERVICE },
      tokenKey: TOKEN_KEY,
      http: { host: '127.0.0.1', port },
      origins: [ORIGIN],
      backends: [],
      project: 'cluster',
      ...options,
    };
    const running = createKillableProcess(`gateway ${index}`, './observed-gateway-entry.ts', settings);
    return {
      ...running,
      port,
      url: `http://127.0.0.1:${port}`,
      state: async () => (await running.ask('state')) as GatewayState,
    };
  }

  try {
    await begin();
  } catch (error) {
    await close();
    throw error;
  }
  return { options: { url, ...NAMES, ...SERVICE }, owner, database, gateways, close };
}
