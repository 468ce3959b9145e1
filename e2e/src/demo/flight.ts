import type { BrowserContext, WebSocketRoute } from '@playwright/test';

/** The network of a browser, which a flow takes away and gives back. */
export class Flight {
  readonly #context: BrowserContext;
  readonly #open = new Set<WebSocketRoute>();
  #isOffline = false;

  private constructor(context: BrowserContext) {
    this.#context = context;
  }

  /** Call it before the first page is opened. */
  static async of(context: BrowserContext): Promise<Flight> {
    const flight = new Flight(context);
    // Chromium keeps open sockets when it goes offline, so they are ended here, as a lost network ends them.
    await context.routeWebSocket(/\/spooky\/socket/, (socket) => flight.#onSocket(socket));
    return flight;
  }

  async takeOff(): Promise<void> {
    this.#isOffline = true;
    await this.#context.setOffline(true);
    await Promise.all([...this.#open].map((socket) => socket.close()));
    this.#open.clear();
  }

  async land(): Promise<void> {
    this.#isOffline = false;
    await this.#context.setOffline(false);
  }

  #onSocket(socket: WebSocketRoute): void {
    if (this.#isOffline) {
      void socket.close();
      return;
    }
    socket.connectToServer();
    this.#open.add(socket);
  }
}
