/**
 * Decides which web pages may use the server. A browser sends the page's origin with every WebSocket and with every
 * request that could do harm, and a page cannot change it, so requests from foreign pages are refused by their origin.
 * A page can still make its own host name resolve to this machine (DNS rebinding). Its requests then carry that name as
 * Host and are refused for it.
 *
 * Clients other than browsers send no Origin (measured: Node's fetch and WebSocket, `ws`, and the SDK on each), and
 * their Host is the host that they connect to.
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { EmbeddedSurrealError } from '../errors.ts';

export interface OriginPolicy {
  /** The reason to refuse a request before anything else runs; undefined if the request is accepted. */
  refusal(request: IncomingMessage): Refusal | undefined;
}

export interface Refusal {
  readonly status: 403 | 421;
  readonly message: string;
}

export interface OriginOptions {
  /** The exact origins of allowed pages, such as `http://localhost:3600`. */
  readonly origins: readonly string[];
  /** Host names under which clients may reach the server, besides loopback names and IP addresses. */
  readonly hosts: readonly string[];
}

/** Throws SPOOKY_DB_ORIGIN_INVALID for a text that cannot be an origin or a host name. */
export function createOriginPolicy({ origins, hosts }: OriginOptions): OriginPolicy {
  const allowedOrigins = new Set(origins.map(requireOrigin));
  const allowedHosts = new Set(hosts.map(requireHost));
  return {
    refusal: (request) => {
      if (!isAllowedHost(request, allowedHosts)) return WRONG_HOST;
      const { origin } = request.headers;
      if (origin !== undefined) return allowedOrigins.has(origin) ? undefined : WRONG_ORIGIN;
      // A page can send a GET without an Origin, for example with an image. Current browsers still mark it as
      // cross-site.
      const site = request.headers['sec-fetch-site'];
      return site === undefined || site === 'none' || site === 'same-origin' ? undefined : WRONG_ORIGIN;
    },
  };
}

/**
 * Allows the browser to pass the response to the page. Call only for requests that the policy accepts, so the origin is
 * allowed.
 */
export function corsHeaders({ headers: { origin } }: IncomingMessage): Readonly<Record<string, string>> {
  return origin === undefined ? {} : { 'access-control-allow-origin': origin };
}

/** The answer to a browser's preflight request for an allowed page. Other clients get no headers. */
export function preflightHeaders({ headers: { origin } }: IncomingMessage): Readonly<Record<string, string>> {
  return origin === undefined ? {} : PREFLIGHT;
}

const PREFLIGHT = {
  'access-control-allow-methods': 'GET,PUT,POST,PATCH,DELETE,OPTIONS',
  'access-control-allow-headers':
    'accept,accept-encoding,authorization,content-type,origin,surreal-ns,surreal-db,surreal-id,surreal-auth-ns,surreal-auth-db',
  'access-control-max-age': '86400',
};

/** Answers a refused WebSocket upgrade. */
export function refuseUpgrade(stream: Duplex, { status, message }: Refusal): void {
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n`;
  stream.end(`${head}Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`);
}

const WRONG_HOST: Refusal = {
  status: 421,
  message:
    'The Host header does not name this server. Allow the host name (spooky db start --allow-host), or connect by IP address or localhost.',
};

const WRONG_ORIGIN: Refusal = {
  status: 403,
  message:
    'Pages of this origin may not use the server. If it is the origin of your own app, allow it (spooky db start --allow-origin).',
};

function requireOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  throw invalid(
    `${JSON.stringify(text)} is not an origin. Write only scheme, host and port, such as http://localhost:3600.`,
  );
}

/** A name without a port, normalized as in a URL. */
function requireHost(text: string): string {
  const name = /^[\w.-]+$/.test(text) && URL.canParse(`http://${text}`) ? new URL(`http://${text}`).hostname : '';
  if (name !== '') return withoutDot(name);
  throw invalid(
    `${JSON.stringify(text)} is not a host name. Write it without scheme and port, such as db.example.com.`,
  );
}

function isAllowedHost({ rawHeaders }: IncomingMessage, allowed: ReadonlySet<string>): boolean {
  // Node keeps the first of several Host headers, but a proxy in between may have used the last.
  const hosts = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
  const [host, another] = hosts;
  if (host === undefined || another !== undefined) return false;
  const [, bracketed, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  const name = withoutDot(plain.toLowerCase());
  return isIP(name) === 4 || name === 'localhost' || name.endsWith('.localhost') || allowed.has(name);
}

const withoutDot = (name: string): string => name.replace(/\.$/, '');

const invalid = (message: string): EmbeddedSurrealError =>
  new EmbeddedSurrealError('SPOOKY_DB_ORIGIN_INVALID', message);
