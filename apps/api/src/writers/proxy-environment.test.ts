import { expect, it } from 'vitest';
import { proxyEnvironment } from './proxy-environment.ts';

const LOOPBACK = 'localhost,127.0.0.1,[::1]';

it.each<[what: string, environment: Record<string, string>, variables: Record<string, string>]>([
  ['no proxy', { PATH: '/bin', NO_PROXY: '*' }, {}],
  ['an empty one', { HTTPS_PROXY: '' }, {}],
  [
    'one for HTTPS',
    { HTTPS_PROXY: 'http://proxy:8080' },
    { NODE_USE_ENV_PROXY: '1', https_proxy: 'http://proxy:8080', no_proxy: LOOPBACK },
  ],
  [
    'both and exceptions, in either case',
    { http_proxy: 'http://a', HTTP_PROXY: 'http://b', https_proxy: 'http://c', NO_PROXY: '.example.org' },
    { NODE_USE_ENV_PROXY: '1', http_proxy: 'http://a', https_proxy: 'http://c', no_proxy: `.example.org,${LOOPBACK}` },
  ],
])('passes on an environment with %s', (_, environment, variables) => {
  expect(proxyEnvironment(environment)).toEqual(variables);
});
