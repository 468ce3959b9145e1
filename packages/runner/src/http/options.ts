/** Where the runner may be asked how it is, and told of progress. */
export interface HttpOptions {
  /** Default 127.0.0.1: only this machine. Nothing but progress asks for a bearer, so open it only to a trusted network. */
  readonly host?: string;
  /** Default 0: any free one. A taken one moves by tens. */
  readonly port?: number;
  /** How backends on other machines reach this one runner; by default host and port, for `0.0.0.0` the machine's name. */
  readonly publicUrl?: string;
}
