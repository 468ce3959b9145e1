import type { Reload } from './reporter.ts';

/** The number of files that are named. A checkout can change many more. */
const NAMED_FILES = 3;

/** Describes the effects of an edit in one line. */
export function reloadLine(reload: Reload): string {
  const { files, corrected, made, applied, users, waiting, written, stop, restart, start } = reload;
  const more = files.length - NAMED_FILES;
  const names = files.slice(0, NAMED_FILES).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const list = (what: string, items: readonly string[]) => (items.length === 0 ? [] : [`${what} ${items.join(', ')}`]);
  const done = [
    ...list('generated', made),
    ...list('applied', applied),
    ...list('created the database users', users),
    ...list('wrote', written),
    ...list('stopping', stop),
    ...list('starting', start),
    ...(restart.length === 0 ? [] : [`restarting ${restart.join(', ')}`]),
    ...(waiting.length === 0
      ? []
      : [`not applied yet: ${waiting.join(', ')} (when it is complete, run spooky db migrate)`]),
  ];
  return `${names} ${corrected ? 'corrected' : 'changed'}: ${done.join('; ') || 'nothing to restart'}`;
}
