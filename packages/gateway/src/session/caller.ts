import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../errors.ts';
import { cookieFor, cookieValues, type SessionCookie } from './cookie.ts';
import { isSessionToken } from './tokens.ts';

/**
 * Who sends a request. A page is recognised by its Origin header, which every browser sends with a POST and with an
 * upgrade; the cookie counts only then. Other programs send no Origin and pass their token in a header.
 */
export type Caller = ({ readonly kind: 'page'; readonly cookie: SessionCookie } | { readonly kind: 'program' }) & {
  /**
   * The token that signs the caller in. Undefined if there are two cookies of the name, because it is unclear which one
   * is the page's.
   */
  readonly token: string | undefined;
  /** All tokens that were sent. A sign-out ends each of them, so that it ends the right one. */
  readonly sent: readonly string[];
};

export interface CallerOptions {
  /** Exactly as browsers write them: `https://app.example`. */
  readonly origins: ReadonlySet<string>;
  readonly project: string;
}

/** @throws GatewayError SPOOKY_GATEWAY_FOREIGN_ORIGIN for a page of any other origin, including `null` */
export function callerOf(headers: IncomingHttpHeaders, { origins, project }: CallerOptions): Caller {
  const { origin } = headers;
  if (origin === undefined) return { kind: 'program', ...tokensOf([bearerOf(headers) ?? '']) };
  if (!origins.has(origin)) throw foreignOrigin();
  const cookie = cookieFor(origin, project);
  return { kind: 'page', cookie, ...tokensOf(cookieValues(headers.cookie, cookie.name)) };
}

/**
 * Refuses requests from other sites. Browsers report the site in a header that pages cannot set.
 *
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
    'Pages of this origin may not use this gateway; allow it with `spooky gateway --allow-origin`, or with SPOOKY_ORIGINS, which `spooky dev` reads too.',
  );
}
