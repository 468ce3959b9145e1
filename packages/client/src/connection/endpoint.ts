import { PROTOCOL } from '@spookify/gateway/wire';
import { ClientError } from '../errors.ts';

/** The URLs of a gateway, all below `/spooky`. */
export class Endpoint {
  /** Without a trailing slash. */
  readonly base: string;
  /** The page has another origin than the gateway. */
  readonly isForeign: boolean;

  /**
   * @param url http(s):// or ws(s)://. Default: the origin of the page.
   * @throws SPOOKY_CLIENT_INVALID_OPTION
   */
  constructor(url: string | undefined) {
    const origin = globalThis.location?.origin;
    const parsed = URL.parse(url ?? origin ?? '');
    if (parsed === null || !/^(http|ws)s?:$/.test(parsed.protocol)) {
      throw new ClientError(
        'SPOOKY_CLIENT_INVALID_OPTION',
        `url must be an http or ws URL such as http://127.0.0.1:3668, not "${url ?? ''}". Only a page may omit it.`,
      );
    }
    parsed.protocol = parsed.protocol.replace('ws', 'http');
    this.base = `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
    this.isForeign = origin !== undefined && parsed.origin !== origin;
  }

  /**
   * Returns the URL of the socket.
   *
   * @param position the last change that an earlier socket showed: the new one must show nothing older
   */
  socket(position: number | undefined): string {
    const round = position === undefined ? '' : `&round=${position}`;
    return `${this.base.replace(/^http/, 'ws')}/spooky/socket?protocol=${PROTOCOL}${round}`;
  }

  post(name: 'sign-up' | 'sign-in' | 'renew' | 'sign-out'): string {
    return `${this.base}/spooky/${name}`;
  }
}
