/** Which packages of ours a package may import. `gateway/wire` is one entry of a package, `gateway` all of them. */
export interface Direction {
  readonly source: readonly string[];
  /** Tests, benchmarks and what is under `testing/` may also import these. */
  readonly tests: readonly string[];
}

const database = ['embedded-surreal'];

/** As in the README: what runs in a browser, what runs on a server, and the command that starts it all. */
export const DIRECTIONS: Readonly<Record<string, Direction>> = {
  'apps/web': { source: ['solid', 'client'], tests: [] },
  'packages/solid': { source: ['client'], tests: [] },
  'packages/client': { source: ['gateway/wire'], tests: ['gateway', ...database] },

  'apps/api': { source: ['config', 'supervisor', 'surreal-link'], tests: database },
  'packages/runner': { source: ['config', 'surreal-link'], tests: database },
  'packages/gateway': { source: ['config', 'surreal-link'], tests: database },
  'packages/surreal-link': { source: [], tests: database },
  'packages/config': { source: [], tests: [] },
  'packages/supervisor': { source: [], tests: [] },
  'packages/embedded-surreal': { source: [], tests: [] },

  'packages/cli': {
    source: ['config', 'embedded-surreal', 'gateway', 'runner', 'supervisor', 'surreal-link'],
    tests: [],
  },
};
