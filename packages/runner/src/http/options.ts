/** Where the runner serves probes and metrics, and receives progress reports. */
export interface HttpOptions {
  /**
   * The address to listen on. Default: 127.0.0.1, this machine only. Only progress requires a token, so open it to
   * trusted networks only.
   */
  readonly host?: string;
  /** Default: 0, any free port. If the port is in use, the server tries others in steps of ten. */
  readonly port?: number;
  /**
   * The URL by which backends on other machines reach this runner. Default: made from host and port, with the machine's
   * name for `0.0.0.0`.
   */
  readonly publicUrl?: string;
}
