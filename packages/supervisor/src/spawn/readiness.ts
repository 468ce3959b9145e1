import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** When a command is ready. */
export type Readiness =
  /** Something accepts connections on the port. `host` defaults to 127.0.0.1. */
  | { readonly type: 'port'; readonly host?: string; readonly port: number }
  /** A GET of the URL answers with a status from 200 to 399. */
  | { readonly type: 'http'; readonly url: string }
  /** A line of stdout or stderr, without colours, matches the pattern. */
  | { readonly type: 'log'; readonly pattern: RegExp }
  /** The command is ready as soon as it has started. */
  | { readonly type: 'none' };

const POLL_MS = 50;
const PROBE_TIMEOUT_MS = 2000;

/** Polls until the port or URL answers. Resolves with false if aborted first. */
export async function untilAnswering(
  readiness: Extract<Readiness, { type: 'port' | 'http' }>,
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted) {
    const answers = readiness.type === 'port' ? await acceptsConnections(readiness) : await answersHttp(readiness.url);
    if (answers) return !signal.aborted;
    await delay(POLL_MS, undefined, { signal }).catch(() => {});
  }
  return false;
}

/** Returns the address that the command will listen on, if its readiness names one. */
export function addressOf(readiness: Readiness): { host: string; port: number } | undefined {
  if (readiness.type === 'port') return { host: readiness.host ?? '127.0.0.1', port: readiness.port };
  if (readiness.type !== 'http') return undefined;
  const { hostname, port, protocol } = new URL(readiness.url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}

/** Returns whether something accepts TCP connections at the address. `host` defaults to 127.0.0.1. Never rejects. */
export function acceptsConnections({ host = '127.0.0.1', port }: { host?: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PROBE_TIMEOUT_MS });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    // Deferred by one turn: after this process has stalled, the answer may have arrived but not been read.
    socket.once('timeout', () => setImmediate(settle, false));
  });
}

function answersHttp(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = url.startsWith('https:') ? requestHttps : requestHttp;
    // Without an agent: a kept-alive connection would delay the command's own shutdown.
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
