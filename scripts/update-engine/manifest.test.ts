import { expect, it } from 'vitest';
import { mergeManifest } from './manifest.ts';
import { stalePins } from './pins.ts';

const OLD = {
  scripts: { build: 'old', rename: 'old', chaos: 'old' },
  engines: { node: '>=20' },
  devDependencies: { gone: '1', moved: '1', changed: '1', taken: '1' },
};
const NEXT = {
  version: '2.0.0',
  scripts: { build: 'new', rename: 'new', chaos: 'new', 'update-engine': 'new' },
  engines: { node: '>=24' },
  devDependencies: { moved: '2', changed: '2', taken: '2', fresh: '1' },
};
const OWN = {
  version: '0.7.0',
  scripts: { build: 'old', rename: 'old', chaos: 'mine', mine: 'mine' },
  engines: { node: '>=20' },
  devDependencies: { gone: '1', moved: '1', changed: '9', mine: '1' },
};

it('applies the release’s changes to entries of the engine, and keeps the owner’s changes', () => {
  const { manifest, changed, kept } = mergeManifest(OWN, OLD, NEXT);
  expect(manifest).toEqual({
    version: '0.7.0',
    scripts: { build: 'new', rename: 'old', chaos: 'mine', mine: 'mine', 'update-engine': 'new' },
    engines: { node: '>=24' },
    devDependencies: { moved: '2', changed: '9', mine: '1', fresh: '1' },
  });
  expect(changed.map(({ entry }) => entry).toSorted()).toEqual([
    'devDependencies.fresh',
    'devDependencies.gone',
    'devDependencies.moved',
    'engines.node',
    'scripts.build',
    'scripts.update-engine',
  ]);
  expect(kept).toEqual([
    { entry: 'scripts.chaos', own: 'mine', next: 'new' },
    { entry: 'devDependencies.changed', own: '9', next: '2' },
    { entry: 'devDependencies.taken', own: undefined, next: '2' },
  ]);
});

it('sets the entries of the release if the old release is unknown, and removes none', () => {
  const { manifest, kept } = mergeManifest(OWN, undefined, NEXT);
  expect(manifest).toMatchObject({
    scripts: { build: 'new', rename: 'old', chaos: 'new', mine: 'mine' },
    devDependencies: { gone: '1', changed: '2', mine: '1' },
  });
  expect(kept).toEqual([]);
});

it('lists old versions in the owner’s packages that the engine no longer uses', () => {
  const own = new Map([['apps/web/package.json', { dependencies: { moved: '1', changed: '9' } }]]);
  expect(stalePins(own, [OLD], [NEXT])).toEqual(['apps/web/package.json: moved 1 → 2']);
});
