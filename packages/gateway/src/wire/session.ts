import type { WireRecordId, WireValue } from './value.ts';

/*
 * The HTTP endpoints for sessions. All are POSTs with a JSON body; an error is a WireErrorBody with a 4xx or 5xx
 * status.
 *
 *   /spooky/sign-up    SignInRequest → SessionAnswer, and the cookie
 *   /spooky/sign-in    SignInRequest → SessionAnswer, and the cookie
 *   /spooky/renew      {} → SessionAnswer; 401 if the session has ended
 *   /spooky/sign-out   {} → {}, also without a session
 */

/** The body of a sign-in or sign-up. */
export interface SignInRequest {
  /** The schema's record access, such as `account`. */
  readonly access: string;
  /** What its SIGNIN or SIGNUP reads, such as `{ username, password }`. */
  readonly variables: { readonly [name: string]: WireValue };
}

/** The session after a sign-in, sign-up or renewal. */
export interface SessionAnswer {
  readonly user: WireRecordId;
  /** Milliseconds until the client should renew the session. */
  readonly renewInMs: number;
  /** Only for programs, which send no Origin. They send it as `Authorization: Bearer …`. */
  readonly token?: string;
}
