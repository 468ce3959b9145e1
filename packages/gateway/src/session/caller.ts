import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../errors.ts';
import { cookieFor, cookieValue, type SessionCookie } from './cookie.ts';
import { isSessionToken } from './tokens.ts';

/**
 * Who sends a request. A page is known by its Origin, which every browser sends with a POST and with an upgrade; only then
 * does the cookie count. Other programs send none and show their token in a header.
 */
export type Caller =
  | { readonly kind: 'page'; readonly cookie: SessionCookie; readonly token: string | undefined }
  | { readonly kind: 'program'; readonly token: string | undefined };

export interface CallerOptions {
  /** Exactly as browsers write them: `https://app.example`. */
  readonly origins: ReadonlySet<string>;
  readonly project: string;
}

/** @throws GatewayError SPOOKY_GATEWAY_FOREIGN_ORIGIN for a page of any other origin, `null` included */
export function callerOf(headers: IncomingHttpHeaders, { origins, project }: CallerOptions): Caller {
  const { origin } = headers;
  if (origin === undefined) return { kind: 'program', token: tokenOrNone(bearerOf(headers)) };
  if (!origins.has(origin)) throw foreignOrigin();
  const cookie = cookieFor(origin, project);
  return { kind: 'page', cookie, token: tokenOrNone(cookieValue(headers.cookie, cookie.name)) };
}

/**
 * Browsers say where a request comes from in a header that pages cannot set.
 * @throws GatewayError SPOOKY_GATEWAY_FOREIGN_ORIGIN
 */
export function requireSameSite(headers: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') throw foreignOrigin();
}

function bearerOf({ authorization }: IncomingHttpHeaders): string | undefined {
  return /^Bearer ([\w-]+)$/i.exec(authorization ?? '')?.[1];
}

function tokenOrNone(text: string | undefined): string | undefined {
  return text !== undefined && isSessionToken(text) ? text : undefined;
}

function foreignOrigin(): GatewayError {
  return new GatewayError(
    'SPOOKY_GATEWAY_FOREIGN_ORIGIN',
    'Pages of this origin may not use this gateway; allow it with `spooky gateway --allow-origin`.',
  );
}
