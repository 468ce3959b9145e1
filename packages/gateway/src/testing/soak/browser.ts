/** A browser or program of one user: a session, and the tabs that share it. */
import { cookieOf, ORIGIN, PASSWORD } from '../test-gateway.ts';
import type { SoakTab } from './soak-tab.ts';

export class SoakBrowser {
  readonly user: string;
  readonly tabs: readonly SoakTab[];
  readonly #isPage: boolean;
  #headers: Record<string, string> = {};

  /** @param isPage whether it has a cookie, or a token as a program has */
  constructor(user: string, isPage: boolean, tabs: readonly SoakTab[]) {
    this.user = user;
    this.tabs = tabs;
    this.#isPage = isPage;
  }

  /** The headers of its sockets. */
  get headers(): Record<string, string> {
    return this.#headers;
  }

  /** @param url of any gateway */
  async enter(kind: 'sign-up' | 'sign-in', url: string): Promise<void> {
    const body = { access: 'account', variables: { name: this.user, password: PASSWORD } };
    const response = await this.#post(url, kind, body);
    const { token } = (await response.json()) as { token?: string };
    this.#headers = this.#isPage
      ? { origin: ORIGIN, cookie: cookieOf(response) }
      : { authorization: `Bearer ${token}` };
  }

  async signOut(url: string): Promise<void> {
    await this.#post(url, 'sign-out', {});
    this.#headers = {};
  }

  async #post(url: string, path: string, body: object): Promise<Response> {
    const response = await fetch(`${url}/spooky/${path}`, {
      method: 'POST',
      headers: { ...(this.#isPage && { origin: ORIGIN }), ...this.#headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} of ${this.user}: ${response.status} ${await response.text()}`);
    return response;
  }
}
