/** True for `localhost`, its subdomains, 127.0.0.0/8 and ::1, as `new URL()` normalizes host names. */
export function isLoopback(url: URL): boolean {
  const host = url.hostname.replace(/\.$/, '');
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || isLoopbackAddress(host);
}

/** `new URL` has already converted forms such as `127.1` and `0x7f.1` to four decimal numbers. */
function isLoopbackAddress(host: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(host) || /^\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]$/.test(host);
}
