import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../errors.ts';
import { cookieFor, cookieValues, type SessionCookie } from './cookie.ts';
import { isSessionToken } from './tokens.ts';

/**
 * Who sends a request. A page is known by its Origin, which every browser sends with a POST and with an upgrade; only then
 * does the cookie count. Other programs send none and show their token in a header.
 */
export type Caller = ({ readonly kind: 'page'; readonly cookie: SessionCookie } | { readonly kind: 'program' }) & {
  /** What signs the caller in. With two cookies of the name there is none, because nothing says which one is the page's. */
  readonly token: string | undefined;
  /** All that were sent: signing out must end the right one, whichever it is. */
  readonly sent: readonly string[];
};

export interface CallerOptions {
  /** Exactly as browsers write them: `https://app.example`. */
  readonly origins: ReadonlySet<string>;
  readonly project: string;
}

/** @throws GatewayError SPOOKY_GATEWAY_FOREIGN_ORIGIN for a page of any other origin, `null` included */
export function callerOf(headers: IncomingHttpHeaders, { origins, project }: CallerOptions): Caller {
  const { origin } = headers;
  if (origin === undefined) return { kind: 'program', ...tokensOf([bearerOf(headers) ?? '']) };
  if (!origins.has(origin)) throw foreignOrigin();
  const cookie = cookieFor(origin, project);
  return { kind: 'page', cookie, ...tokensOf(cookieValues(headers.cookie, cookie.name)) };
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

function tokensOf(values: readonly string[]): Pick<Caller, 'token' | 'sent'> {
  const sent = values.filter(isSessionToken);
  return { token: values.length === 1 ? sent[0] : undefined, sent };
}

function foreignOrigin(): GatewayError {
  return new GatewayError(
    'SPOOKY_GATEWAY_FOREIGN_ORIGIN',
    'Pages of this origin may not use this gateway; allow it with `spooky gateway --allow-origin`.',
  );
}
