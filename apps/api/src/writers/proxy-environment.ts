/** Undici compares these names with the host of a URL. */
const LOOPBACK = 'localhost,127.0.0.1,[::1]';

/**
 * Returns the variables with which a Node process sends its requests through the proxies that the environment names. As
 * in curl, HTTP_PROXY, HTTPS_PROXY and NO_PROXY are enough, in either case. A model on this machine needs no proxy.
 *
 * @returns no variable if the environment names no proxy
 */
export function proxyEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  // Node reads the names in small letters first.
  const setting = (name: string): string => environment[name] || environment[name.toUpperCase()] || '';
  const [http, https] = [setting('http_proxy'), setting('https_proxy')];
  if (http === '' && https === '') return {};
  const exceptions = [setting('no_proxy'), LOOPBACK].filter((part) => part !== '').join(',');
  return {
    NODE_USE_ENV_PROXY: '1',
    no_proxy: exceptions,
    ...(http !== '' && { http_proxy: http }),
    ...(https !== '' && { https_proxy: https }),
  };
}
