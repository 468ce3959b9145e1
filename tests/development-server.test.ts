/** Tests what a web page, or another program on this machine, can fetch from the running development server. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const web = join(root, 'apps/web');
const secret = `secret-${randomUUID()}`;
const planted: string[] = [];
/** Secrets and database files, as they may lie inside a served folder. */
const SECRETS = [
  ...['.env', '.data/spookify/000008.log', '.env.local', '000009.sst', 'data/000010.log'],
  ...['.data/spookify/CURRENT', '.data/dev.json', '.spooky/state.json', 'data/MANIFEST-000004', '.git/config'],
  ...['.env.lock', 'production.env', '.envrc', '.npmrc', 'server.key', 'id_ed25519'],
  ...['schema.surql', 'backup.surql.gz', 'sp00ky.external.yml'],
];
let vite: ViteDevServer;
/** Replaces a gateway. Answers with the path and headers of the request, and accepts every upgrade of a socket. */
const gateway = createHttpServer(({ url, headers }, response) => response.end(JSON.stringify({ url, headers })));
const upgrades: IncomingMessage[] = [];

async function plant(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  await writeFile(file, secret);
  return file;
}

beforeAll(async () => {
  gateway.on('upgrade', (upgrade, socket) => {
    upgrades.push(upgrade);
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  await once(gateway.listen(0, '127.0.0.1'), 'listening');
  vi.stubEnv('SPOOKY_GATEWAY_URL', `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`);
  const cacheDir = await mkdtemp(join(tmpdir(), 'spooky-vite-'));
  // Inside a served folder, where only the deny list protects. The names are unique to this test.
  const inside = join(web, `test-${randomUUID()}`);
  planted.push(cacheDir, inside);
  for (const name of SECRETS) await plant(join(inside, dirname(name)), basename(name));
  vite = await createServer({
    root: web,
    configFile: join(web, 'vite.config.ts'),
    cacheDir,
    logLevel: 'silent',
    server: { port: 0, strictPort: false, host: '127.0.0.1' },
  });
  await vite.listen();
}, 60_000);

afterAll(async () => {
  await vite.close();
  vi.unstubAllEnvs();
  gateway.closeAllConnections();
  gateway.close();
  for (const path of planted) await rm(path, { recursive: true, force: true });
});

/** Sends the path exactly as given: fetch would resolve its dots. */
function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<{ status: number; body: string }> {
  const port = Number(new URL(vite.resolvedUrls?.local[0] ?? '').port);
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers: { accept: '*/*', ...headers } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject).end();
  });
}

/** Returns spellings of the same file that have bypassed the checks of development servers. */
function spellings(file: string): string[] {
  const paths = [
    `/@fs${file}`,
    `/@fs/${file}`,
    `/@fs${web}/src/../..${file.slice(root.length + '/apps'.length)}`,
    `/@fs${web}/%2e%2e/%2e%2e${file.slice(root.length)}`,
    `/@fs${web}/%252e%252e/%252e%252e${file.slice(root.length)}`,
    `/@fs${web}/..;/..;${file.slice(root.length)}`,
    `/@fs${web}/..%5c..%5c${file.slice(root.length + 1)}`,
    `/@fs${file.replaceAll('.', '%2e')}`,
    `/..${file.slice(root.length + '/apps'.length)}`,
    `/@id/${file}`,
    file,
  ];
  const queries = [
    '',
    '?raw',
    '?url',
    '?inline',
    '?import&raw',
    '?raw??',
    '?import&?inline=1.wasm?init',
    '?.svg?.wasm?init',
    '?t=1&raw',
    '?worker',
    '?direct',
    '?html-proxy&index=0.js',
  ];
  const endings = ['/', '/.', '#', '%00', '?raw&url#/@vite/client'];
  return paths.flatMap((path) => [...queries, ...endings].map((end) => path + end));
}

/** Whether a response contains the file, even if it is encoded. */
const holds = (body: string, content: string): boolean =>
  body.includes(content) || body.includes(Buffer.from(content).toString('base64').slice(4, 24));

describe('the development server', () => {
  it('serves the app and its sources', async () => {
    expect((await get('/')).body).toContain('<div id="app">');
    expect((await get('/src/db.ts')).status).toBe(200);
    expect((await get(`/@fs${root}/packages/client/src/index.ts`)).status).toBe(200);
  });

  it('does not serve secrets or database files, for any place and spelling', async () => {
    const inside = planted[1] ?? '';
    const served = async (path: string) => (holds((await get(path)).body, secret) ? [path] : []);
    const found: string[] = [];
    for (const [index, name] of SECRETS.entries()) {
      const file = join(inside, name);
      // The list applies to each file in the same way, so a few spellings are enough for the later ones.
      const paths = index < 5 ? spellings(file) : ['', '?raw', '?import&raw', '?url'].map((end) => `/@fs${file}${end}`);
      found.push(...(await Promise.all(paths.map(served))).flat());
    }
    expect(found).toEqual([]);
  });

  it('does not serve files outside the app, the engine and the installed packages', async () => {
    const files: Readonly<Record<string, string>> = {
      'sp00ky.yml': '# Configures the whole stack',
      'schema/schema.surql': 'DEFINE TABLE',
      'package-lock.json': 'lockfileVersion',
      '.env.example': 'SPOOKY_DATA',
      '.git/HEAD': 'ref: refs',
      'apps/api/package.json': '@spookify/api',
    };
    const served: string[] = [];
    for (const [name, content] of Object.entries(files)) {
      for (const path of spellings(join(root, name))) if (holds((await get(path)).body, content)) served.push(path);
    }
    expect(served).toEqual([]);
  });

  it('forwards /spooky to the gateway, with Host and Origin as the browser sent them', async () => {
    const headers = { host: 'localhost:3610', origin: 'http://localhost:3610' };
    const { status, body } = await get('/spooky/renew', { ...headers, 'x-forwarded-for': '203.0.113.1' });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      url: '/spooky/renew',
      headers: { ...headers, 'x-forwarded-for': '127.0.0.1' },
    });
    expect((await get('/spooky-pages/1')).body).toContain('<div id="app">');
  });

  it('forwards the gateway’s sockets in the same way', async () => {
    const headers = { host: 'localhost:3610', origin: 'http://localhost:3610' };
    const socket = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
    const port = Number(new URL(vite.resolvedUrls?.local[0] ?? '').port);
    const sent = request({
      ...{ host: '127.0.0.1', port, path: '/spooky/socket' },
      headers: {
        ...headers,
        ...socket,
        'x-forwarded-for': '203.0.113.1',
        'sec-websocket-key': 'MDAwMDAwMDAwMDAwMDAwMA==',
      },
    });
    const [response, opened] = await once(sent.end(), 'upgrade');
    opened.destroy();
    expect(response.statusCode).toBe(101);
    expect(upgrades).toMatchObject([
      { url: '/spooky/socket', headers: { ...headers, 'x-forwarded-for': '127.0.0.1' } },
    ]);
  });

  it('lets the page connect only to its own origin', async () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec((await get('/')).body)?.[1];
    expect(policy?.replaceAll('&#39;', "'")).toContain("connect-src 'self';");
  });

  it('opens files in the editor only for pages of the app', async () => {
    const paths = ['/__open-in-editor?file=/etc/hostname', '/__OPEN-in-editor?file=/x', '/__open-in-editor/?file=/x'];
    for (const path of paths) {
      for (const site of [{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
        expect((await get(path, site)).status, path).toBe(403);
      }
    }
    // Vite itself then reports that the file name is missing.
    expect((await get('/__open-in-editor', { 'sec-fetch-site': 'same-origin' })).status).toBe(500);
  });
});
