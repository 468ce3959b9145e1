import { Secret } from '@spookify/config';
import { StartError } from './errors.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const SHORTEST_TOKEN = 16;

/** Words that are common in examples; a token made of them can be guessed. */
const PLACEHOLDER =
  /change.?me|replace.?me|example|placeholder|your.?(api.?|auth.?)?token|my.?token|password|secret.?token/i;

/** The address of the database and the user of this backend. */
export interface DatabaseSettings {
  /** `ws://…/rpc` or `wss://…/rpc`. */
  url: string;
  namespace: string;
  database: string;
  username: string;
  password: Secret;
}

/** All settings that the backend reads from its environment. */
export interface Settings {
  /** Address to listen on. Default 127.0.0.1: only this machine. */
  host: string;
  /** Default 3660; 0 selects any free port. */
  port: number;
  /** The bearer token that the runner sends. */
  token: Secret;
  database: DatabaseSettings;
  logLevel: (typeof LOG_LEVELS)[number];
}

/**
 * Parses the environment into typed settings. Empty values count as unset.
 *
 * @param published values in a public example file, which are refused as a token
 * @param further issues with the settings of a route, to be reported in the same error
 * @throws StartError `SPOOKY_API_SETTINGS` with every issue; it never contains a value
 */
export function parseSettings(
  environment: Readonly<Record<string, string | undefined>>,
  published: readonly string[] = [],
  further: readonly string[] = [],
): Settings {
  const issues: string[] = [];
  const optional = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const required = (name: string, what: string): string => {
    const value = optional(name);
    if (value === undefined) issues.push(`${name} is not set; set it to ${what}`);
    return value ?? '';
  };
  const checked = (value: string, problem: string | undefined): string => {
    if (value !== '' && problem !== undefined) issues.push(problem);
    return value;
  };

  const token = required(
    'SPOOKY_AUTH_TOKEN',
    'the bearer token that the runner sends, for example `openssl rand -hex 24`',
  );
  checked(token, tokenProblem(token, published));
  const url = required('SPOOKY_DATABASE_URL', 'the address of the database, ws://host:port/rpc');
  checked(url, urlProblem('SPOOKY_DATABASE_URL', url, ['ws:', 'wss:']));

  const port = Number(optional('PORT') ?? '3660');
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    issues.push('PORT is not a port number; use a number from 0 to 65535');
  const logLevel = LOG_LEVELS.find((level) => level === (optional('LOG_LEVEL') ?? 'info'));
  if (logLevel === undefined) issues.push(`LOG_LEVEL is not a log level; use one of ${LOG_LEVELS.join(', ')}`);

  const settings: Settings = {
    host: optional('HOST') ?? '127.0.0.1',
    port,
    token: new Secret(token),
    database: {
      url,
      namespace: required('SPOOKY_NAMESPACE', 'the namespace, as in sp00ky.yml'),
      database: required('SPOOKY_DATABASE', 'the database, as in sp00ky.yml'),
      username: required('SPOOKY_DATABASE_USER', "this backend's user in the database"),
      password: new Secret(required('SPOOKY_DATABASE_PASSWORD', 'the password of that user')),
    },
    logLevel: logLevel ?? 'info',
  };
  issues.push(...further);
  if (issues.length > 0) throw new StartError('SPOOKY_API_SETTINGS', issues);
  return settings;
}

/** Returns why this token gives no protection, or undefined. */
function tokenProblem(token: string, published: readonly string[]): string | undefined {
  const remedy = 'make one with `openssl rand -hex 24`';
  if (published.includes(token) || PLACEHOLDER.test(token)) {
    return `SPOOKY_AUTH_TOKEN is a published placeholder; ${remedy}`;
  }
  if (token.length < SHORTEST_TOKEN) return `SPOOKY_AUTH_TOKEN is shorter than ${SHORTEST_TOKEN} characters; ${remedy}`;
  if (new Set(token).size < 5) return `SPOOKY_AUTH_TOKEN repeats a few characters and can be guessed; ${remedy}`;
  if (!/^[\x21-\x7e]+$/.test(token))
    return `SPOOKY_AUTH_TOKEN contains characters that an HTTP header cannot carry; ${remedy}`;
  return undefined;
}

/** Returns why this is not an address with one of these protocols, or undefined. */
export function urlProblem(name: string, value: string, protocols: readonly string[]): string | undefined {
  const url = URL.parse(value);
  if (url !== null && protocols.includes(url.protocol)) return undefined;
  return `${name} is not an address; use one that starts with ${protocols.map((one) => `${one}//`).join(' or ')}`;
}

/** Returns every value that an example file such as `.env.example` assigns, commented out or not. */
export function publishedValues(exampleFile: string): string[] {
  return [...exampleFile.matchAll(/^[#\s]*[A-Z][A-Z0-9_]*=(.+)$/gm)]
    .map(([, value = '']) => value.trim().replace(/^(['"])(.*)\1$/, '$2'))
    .filter((value) => value !== '');
}
