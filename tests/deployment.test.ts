import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

/**
 * These files do not run in a test, because there is no Docker engine here. So this test checks what can be known without
 * one: every path, stage, port and variable that they name exists elsewhere.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Service {
  image?: string;
  build?: { context: string; target: string; args?: Record<string, string> };
  command?: string;
  user?: string;
  network_mode?: string;
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  healthcheck?: { test: string[] };
  networks?: string[];
  depends_on?: Record<string, { condition: string }> | string[];
}
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, unknown>;
};
const dockerfile = read('Dockerfile');
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  it('builds stages that the Dockerfile has', () => {
    const stages = [...dockerfile.matchAll(/^FROM .+ AS (\S+)$/gm)].map((match) => match[1]);
    for (const [, service] of services) if (service.build) expect(stages).toContain(service.build.target);
  });

  it('passes build arguments that the Dockerfile declares', () => {
    for (const [, service] of services)
      for (const name of Object.keys(service.build?.args ?? {})) expect(dockerfile).toContain(`ARG ${name}`);
  });

  it('pins every image to a version, SurrealDB to a 3.x', () => {
    const images = [
      ...services.flatMap(([, service]) => (service.image ? [service.image] : [])),
      ...[...dockerfile.matchAll(/^FROM (\S+:\S+)/gm)].map((match) => match[1] ?? ''),
    ];
    for (const image of images) expect(image).toMatch(/:v?\d+\.\d+/);
    expect(compose.services.surrealdb?.image).toMatch(/^surrealdb\/surrealdb:v3\.\d+\.\d+$/);
  });

  it('waits only for services that exist, and for health only where it is checked', () => {
    for (const [, service] of services)
      for (const [name, condition] of dependenciesOf(service)) {
        const other = compose.services[name];
        expect(other, name).toBeDefined();
        if (condition === 'service_healthy') expect(other?.healthcheck).toBeDefined();
      }
  });

  it('publishes ports only on loopback', () => {
    for (const [, service] of services) for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('publishes no port of the database, and shares no network between it and the web server', () => {
    const { surrealdb, web, gateway } = compose.services;
    expect(surrealdb?.ports).toBeUndefined();
    expect(surrealdb?.networks).toEqual(['services']);
    expect(web?.networks).toEqual(['pages']);
    expect(gateway?.networks?.toSorted()).toEqual(['pages', 'services']);
    for (const [name, { networks = [], network_mode }] of services) {
      if (network_mode !== 'none') expect(networks, name).not.toEqual([]);
      for (const network of networks) expect(compose.networks, name).toHaveProperty(network);
    }
  });

  it('allows the origins of the published address of the web server', () => {
    const [port] = compose.services.web?.ports ?? [];
    expect(port).toBe('127.0.0.1:3600:8080');
    const origins = compose.services.gateway?.environment?.SPOOKY_ORIGINS;
    expect(origins).toContain(':-http://127.0.0.1:3600,http://localhost:3600}');
  });

  it('runs the database as a user other than root, on a volume of that user', () => {
    expect(compose.services.surrealdb?.user).toBe('65532:65532');
    for (const [, service] of services)
      for (const volume of service.volumes ?? []) expect(compose.volumes).toHaveProperty(volume.split(':')[0] ?? '');
  });

  it('contains no secret: each comes from the environment and must be set', () => {
    for (const [name, service] of services)
      for (const [variable, value] of Object.entries(service.environment ?? {}))
        if (/PASS|TOKEN|KEY$/.test(variable) && variable !== 'OPENAI_API_KEY')
          expect(value, `${name} ${variable}`).toMatch(/^\$\{\w+:\?set \w+\}$/);
  });

  it('starts programs and reads files that exist in the repository', () => {
    for (const [, service] of services) {
      for (const word of (service.command ?? '').split(' '))
        if (/^(apps|packages|sp00ky)/.test(word)) expect(existsSync(join(root, sourceOf(word))), word).toBe(true);
    }
    for (const [, path] of dockerfile.matchAll(/^COPY (?!--from)(\S+) /gm))
      expect(existsSync(join(root, path ?? '')), path).toBe(true);
  });

  it('sets only variables that .env.example explains or the services read', () => {
    const known = read('.env.example');
    const named = [...read('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map((match) => match[1] ?? '');
    for (const variable of named) expect(known, variable).toContain(variable);
  });
});

describe('deploy/nginx.conf', () => {
  const nginx = read('deploy/nginx.conf');

  it('forwards to the gateway at the address that docker-compose.yml gives it', () => {
    const { command } = compose.services.gateway ?? {};
    const [, host, port] = /http:\/\/(\w+):(\d+);/.exec(nginx) ?? [];
    expect(compose.services).toHaveProperty(host ?? '');
    expect(command).toMatch(new RegExp(`gateway --bind 0\\.0\\.0\\.0:${port}$`));
  });

  it('keeps Host, forwards upgrades, and sets the address of the browser', () => {
    expect(nginx).toContain('proxy_set_header Host $http_host;');
    expect(nginx).toContain('proxy_set_header Upgrade $http_upgrade;');
    expect(nginx).toContain('proxy_set_header X-Forwarded-For $remote_addr;');
    expect(nginx).not.toContain('proxy_set_header Origin');
  });

  it('sends the headers that protect the page with every file', () => {
    const [server = '', ...locations] = nginx.split(/^ {2}location /m);
    expect(server).not.toContain('add_header');
    for (const location of locations.filter((text) => !text.startsWith('/spooky/'))) {
      expect(location).toContain('add_header X-Content-Type-Options nosniff always;');
      expect(location).toContain('add_header Referrer-Policy same-origin always;');
      expect(location).toContain(`add_header Content-Security-Policy "frame-ancestors 'none'" always;`);
    }
  });
});

function dependenciesOf({ depends_on = {} }: Service): [name: string, condition: string][] {
  if (Array.isArray(depends_on)) return depends_on.map((name) => [name, 'service_started']);
  return Object.entries(depends_on).map(([name, { condition }]) => [name, condition]);
}

/** Returns the source of a built file, because dist/ is not committed. */
function sourceOf(path: string): string {
  return path.replace('/dist/', '/src/').replace(/^(apps\/.+)\.js$/, '$1.ts');
}
