/** The packages of ours that a package may import. `gateway/wire` is one entry of a package, `gateway` all of them. */
export interface Direction {
  readonly source: readonly string[];
  /** Tests, benchmarks and what is under `testing/` may also import these. */
  readonly tests: readonly string[];
}

const database = ['embedded-surreal'];

/** The packages that a backend may import. An app without its own row may import the same. */
const BACKEND: Direction = { source: ['config', 'supervisor', 'surreal-link'], tests: database };

/** As in the README: packages for a browser, packages for a server, and the command that starts everything. */
export const DIRECTIONS: Readonly<Record<string, Direction>> = {
  'apps/web': { source: ['solid', 'client'], tests: [] },
  'packages/solid': { source: ['client'], tests: [] },
  'packages/client': { source: ['gateway/wire', 'config/payload-verdict'], tests: ['config', 'gateway', ...database] },

  'packages/runner': { source: ['config', 'surreal-link'], tests: database },
  'packages/gateway': { source: ['config', 'surreal-link'], tests: database },
  'packages/surreal-link': { source: [], tests: database },
  'packages/config': { source: [], tests: [] },
  'packages/supervisor': { source: [], tests: [] },
  'packages/embedded-surreal': { source: [], tests: [] },

  'packages/cli': {
    source: ['config', 'embedded-surreal', 'gateway', 'runner', 'supervisor', 'surreal-link'],
    tests: ['client'],
  },
};

/**
 * Returns the directions of a folder such as `packages/runner`; undefined for a package that the table does not contain.
 */
export function directionOf(folder: string): Direction | undefined {
  return DIRECTIONS[folder] ?? (folder.startsWith('apps/') ? BACKEND : undefined);
}
