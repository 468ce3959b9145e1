/** The output of an update. */
import type { ManifestChange } from './manifest.ts';
import type { Update } from './update.ts';

/** @param isDry whether nothing was written */
export function report(update: Update, isDry: boolean): string {
  const { files, entries, changelog, pins } = update;
  if (files.length === 0 && entries.changed.length === 0 && update.from === update.to) {
    return `The engine is already up to date with ${update.to}.`;
  }
  const of = (kind: string): string[] => files.flatMap(({ file, step }) => (step.kind === kind ? [file] : []));
  const from = update.from === undefined ? '' : ` from ${update.from}`;
  const [conflicts, kept] = [of('conflict'), files.flatMap(keptLine)];
  const sections = [
    `The engine${isDry ? ' would be updated' : ' is updated'}${from} to ${update.to}.`,
    section('Files', summary(files)),
    section('Merged with your changes', of('merged')),
    section('package.json', entries.changed.map(entryLine)),
    section('Left unchanged', [...kept, ...entries.kept.map((change) => `package.json: ${keptEntry(change)}`)]),
    section('Your packages still have the old versions of these dependencies of the engine', pins),
    changelog === '' ? '' : `CHANGELOG.md says:\n\n${changelog}`,
    section('CONFLICTS: edit these files and remove the marks <<<<<<< and >>>>>>>', conflicts),
    `Next:\n${NEXT}`,
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

/** Whether there are conflicts to resolve by hand. */
export function hasConflicts({ files }: Update): boolean {
  return files.some(({ step }) => step.kind === 'conflict');
}

const NEXT = `  git diff                       read what has changed; docs/updating.md says how to go back
  npm install && npm run build
  npx spooky outbox upgrade      the job tables' files, from the engine's template; your rule stays
  npx spooky generate            the types of schema and routes
  npm run format && npm run check
  npm run test:engine
For each database, before the new version starts on it:
  npx spooky db export backup.surql
  npx spooky db migrate`;

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** Counts the files of each kind, for each package and for files outside of packages. */
function summary(files: Update['files']): string[] {
  const counts = new Map<string, Map<string, number>>();
  for (const { file, step } of files) {
    if (step.kind === 'kept') continue;
    const place = /^(?:packages\/[^/]+|bench|docs|scripts)(?=\/)/.exec(file)?.[0] ?? file;
    const kinds = counts.get(place) ?? new Map<string, number>();
    counts.set(place, kinds.set(step.kind, (kinds.get(step.kind) ?? 0) + 1));
  }
  return [...counts].map(
    ([place, kinds]) => `${place}: ${[...kinds].map(([kind, count]) => `${count} ${WORDS[kind] ?? kind}`).join(', ')}`,
  );
}

const WORDS: Readonly<Record<string, string>> = { conflict: 'with conflicts' };

function keptLine({ file, step }: Update['files'][number]): string[] {
  return step.kind === 'kept' ? [`${file}: ${step.why}`] : [];
}

function entryLine({ entry, own, next }: ManifestChange): string {
  if (own === undefined) return `${entry}: new, ${next}`;
  return next === undefined ? `${entry}: removed` : `${entry}: ${own} → ${next}`;
}

function keptEntry({ entry, own, next }: ManifestChange): string {
  return `${entry} is ${own ?? 'removed'}; the release has ${next ?? 'removed it'}`;
}
