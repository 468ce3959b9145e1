import type { Effect } from './effects.ts';

/** A call of a tab that writes. */
export interface Call {
  readonly event: Effect['event'];
  readonly record: string;
  /** The fields that it sets. Each value is used once. */
  readonly values: Effect['values'];
  /**
   * Whether the call has returned, so that the write is stored in the browser. If its tab was killed before, the write
   * may be made or not.
   */
  isStored: boolean;
}

const FIELDS = ['title', 'content'] as const;

/**
 * What is wrong with the effects of these calls. The calls of each record are in the order in which they were made.
 *
 * Updates of one record that wait are sent as one, so an effect may be missing if a later one of its field is there.
 */
export function faultsOf(calls: readonly Call[], effects: readonly Effect[]): readonly string[] {
  const called = Map.groupBy(calls, ({ record }) => record);
  const made = Map.groupBy(effects, ({ record }) => record);
  const records = new Set([...called.keys(), ...made.keys()]);
  return [...records].flatMap((record) => {
    const faults = faultsOfRecord(called.get(record) ?? [], made.get(record) ?? []);
    return [...faults].map((fault) => `${record}: ${fault}`);
  });
}

function* faultsOfRecord(calls: readonly Call[], effects: readonly Effect[]): Iterable<string> {
  if (calls.length === 0) yield 'was written by nobody';
  for (const event of ['CREATE', 'DELETE'] as const) {
    const count = effects.filter((effect) => effect.event === event).length;
    if (count > 1) yield `${event} was doubled: ${count} effects`;
    if (count === 0 && calls.some((call) => call.event === event && call.isStored)) yield `${event} was lost`;
  }
  if (effects.some(({ event }, at) => event === 'CREATE' && at > 0)) yield 'CREATE is not the first effect';
  if (effects.some(({ event }, at) => event === 'DELETE' && at < effects.length - 1))
    yield 'DELETE is not the last one';
  const written = effects.filter(({ event }) => event !== 'DELETE');
  for (const [at, { values }] of written.entries()) {
    const before = written[at - 1]?.values;
    if (before !== undefined && FIELDS.every((name) => before[name] === values[name]))
      yield `an update was doubled: ${JSON.stringify(values)}`;
  }
  for (const name of FIELDS) yield* faultsOfField(name, calls, written);
}

function* faultsOfField(name: string, calls: readonly Call[], written: readonly Effect[]): Iterable<string> {
  const setting = calls.filter(({ values }) => values[name] !== undefined);
  const order = setting.map(({ values }) => values[name]);
  let last = -1;
  for (const { values } of written) {
    if (values[name] === undefined) continue;
    const place = order.indexOf(values[name]);
    if (place === -1) yield `${name} is ${values[name]}, which nobody wrote`;
    else if (place < last) yield `${name} was reordered: ${values[name]} after ${order[last]}`;
    last = Math.max(last, place);
  }
  const lastStored = setting.findLastIndex(({ isStored }) => isStored);
  if (last < lastStored) yield `${name} was lost: ${order[lastStored]}`;
}
