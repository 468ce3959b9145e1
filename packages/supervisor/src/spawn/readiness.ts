import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** When a command counts as running. */
export type Readiness =
  /** Something accepts connections on the port. `host` defaults to 127.0.0.1. */
  | { readonly type: 'port'; readonly host?: string; readonly port: number }
  /** A GET of the URL answers with a status from 200 to 399. */
  | { readonly type: 'http'; readonly url: string }
  /** A line on either stream matches, colours removed. */
  | { readonly type: 'log'; readonly pattern: RegExp }
  /** As soon as it has started. */
  | { readonly type: 'none' };

const POLL_MS = 50;
const PROBE_TIMEOUT_MS = 2000;

/** Polls until the port or URL answers. Resolves with false when aborted first. */
export async function untilAnswering(
  readiness: Extract<Readiness, { type: 'port' | 'http' }>,
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted) {
    const answers = readiness.type === 'port' ? await accepts(readiness) : await respondsWell(readiness.url);
    if (answers) return !signal.aborted;
    await delay(POLL_MS, undefined, { signal }).catch(() => {});
  }
  return false;
}

/** Where the command will listen, if its readiness tells. */
export function addressOf(readiness: Readiness): { host: string; port: number } | undefined {
  if (readiness.type === 'port') return { host: readiness.host ?? '127.0.0.1', port: readiness.port };
  if (readiness.type !== 'http') return undefined;
  const { hostname, port, protocol } = new URL(readiness.url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}

/** Whether something accepts connections there. */
export function accepts({ host = '127.0.0.1', port }: { host?: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PROBE_TIMEOUT_MS });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    // One turn later: after a stall of this process the answer may be there and not yet read.
    socket.once('timeout', () => setImmediate(settle, false));
  });
}

function respondsWell(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = url.startsWith('https:') ? requestHttps : requestHttp;
    // Without an agent: no connection is kept open for the command to wait for when it is stopped.
    const probe = request(url, { agent: false, timeout: PROBE_TIMEOUT_MS }, (response) => {
      const status = response.statusCode ?? 0;
      response.destroy();
      resolve(status >= 200 && status < 400);
    });
    probe.once('timeout', () => probe.destroy(new Error('timeout')));
    probe.on('error', () => resolve(false));
    probe.end();
  });
}
