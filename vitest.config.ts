import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take from half a minute to more than one. Begun last, one of them would run alone while a worker is idle. */
const LONG =
  /\/(load|soak|many-gateways|permissions|shutdown|resources|dev|reload|kill|diagnosis|sign-in-flood|containers|outage|adding-a-(route|table|backend)|deploying|update-engine|remove-demo)\.test\.ts$/;

class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** A part of the project with tests, run alone by `vitest run --project NAME`. */
const project = (name: string, ...include: string[]) => ({ extends: true, test: { name, include } }) as const;

/** One run over every part; `source` makes a package import another's sources, so no build is needed first. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    projects: [
      project('engine', 'packages/*/src/**/*.test.ts', 'bench/*.test.ts', 'scripts/boundary/*.test.ts'),
      project('app', 'apps/*/src/**/*.test.ts', 'tests/**/*.test.ts'),
      project('template', 'docs/*.test.ts', 'scripts/*.test.ts', 'scripts/{remedies,update-engine}/*.test.ts'),
    ],
    // Node would be given Solid's server build, in which nothing is reactive.
    alias: [
      { find: /^solid-js$/, replacement: 'solid-js/dist/solid.js' },
      { find: /^solid-js\/store$/, replacement: 'solid-js/store/dist/store.js' },
    ],
    server: { deps: { inline: ['solid-js'] } },
    pool: 'forks',
    sequence: { sequencer: LongFilesFirst },
    // One more than the smallest machine has processors, because many tests wait for processes and clocks.
    maxWorkers: 3,
    /** Of one file, where it says so. */
    maxConcurrency: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
