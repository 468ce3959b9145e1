import type { WireRecordId, WireValue } from './value.ts';

/*
 * The endpoints around the socket. All are POSTs with a JSON body; an error is a WireErrorBody with a 4xx or 5xx status.
 *
 *   /spooky/sign-up    SignInRequest → SessionAnswer, and the cookie
 *   /spooky/sign-in    SignInRequest → SessionAnswer, and the cookie
 *   /spooky/renew      {} → SessionAnswer; 401 if the session has ended
 *   /spooky/sign-out   {} → {}, also without a session
 */

export interface SignInRequest {
  /** The record access of the schema, such as `account`. */
  readonly access: string;
  /** What its SIGNIN or SIGNUP reads, such as `{ username, password }`. */
  readonly variables: { readonly [name: string]: WireValue };
}

export interface SessionAnswer {
  readonly user: WireRecordId;
  readonly renewInMs: number;
  /** Only for clients that send no Origin, which are no browsers: goes into `Authorization: Bearer …`. */
  readonly token?: string;
}
