/** What `@spookify/client` and `@spookify/solid` add to a page, with everything that they export, minified and compressed. */
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, defaultClientConditions, type Rolldown } from 'vite';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const ENTRY = 'everything';
/** Bytes. In units of 1,000 it is a little more than 40 (docs/benchmarks.md, "What was tried"). */
const LIMIT = 40 * 1_024;

/**
 * Bundles everything that the packages export.
 *
 * @returns the gzipped bytes of each file, the entry first; other files are loaded when they are needed
 */
async function sizesOf(packages: readonly string[], external: readonly string[]): Promise<number[]> {
  const bundled = (await build({
    configFile: false,
    root: ROOT,
    mode: 'production',
    logLevel: 'silent',
    resolve: { conditions: ['source', ...defaultClientConditions] },
    build: {
      write: false,
      target: 'es2023',
      minify: true,
      rolldownOptions: {
        input: ENTRY,
        preserveEntrySignatures: 'strict',
        external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
      },
    },
    plugins: [
      {
        name: 'test:everything',
        resolveId: (id) => (id === ENTRY ? path.join(ROOT, 'apps/web', ENTRY) : undefined),
        load: (id) =>
          id.endsWith(`/${ENTRY}`) ? packages.map((name) => `export * from '${name}';`).join('\n') : undefined,
      },
    ],
  })) as Rolldown.RolldownOutput;
  const chunks = bundled.output.filter((file) => file.type === 'chunk');
  return chunks.toSorted((a, b) => Number(b.isEntry) - Number(a.isEntry)).map(({ code }) => gzipSync(code).length);
}

const bytes = (sizes: readonly number[]): string => sizes.map((size) => `${size} bytes`).join(' + ');
const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0);

it('is at most 40 KiB, without surrealdb and solid-js', async () => {
  const ours = ['@spookify/client', '@spookify/solid'];
  const sizes = await sizesOf(ours, ['surrealdb', 'solid-js']);
  const withDatabase = await sizesOf(ours, ['solid-js']);
  const payloads = await sizesOf(['@spookify/client/payload-issues'], []);
  console.log(
    `client and solid: ${bytes(sizes)} gzipped; with surrealdb: ${bytes(withDatabase)}; the check of payloads: ${bytes(payloads)}`,
  );
  // A bundle without the packages would be small as well.
  expect(sum(sizes)).toBeGreaterThan(10_000);
  expect(sum(sizes)).toBeLessThanOrEqual(LIMIT);
  expect(sum(withDatabase)).toBeGreaterThan(sum(sizes));
});
