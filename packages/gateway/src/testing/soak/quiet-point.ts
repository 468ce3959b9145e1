/* Nothing is written: every tab must show what a fresh query of its user returns, also after a reload. */
import { SoakFault } from './fault.ts';
import { type Oracle, textOfResult } from './oracle.ts';
import type { SoakTab } from './soak-tab.ts';
import type { SoakUser } from './soak-user.ts';

export interface QuietPointOptions {
  readonly users: readonly SoakUser[];
  readonly tabs: readonly SoakTab[];
  readonly oracle: Oracle;
  readonly boundMs: number;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

export interface QuietCounts {
  /** Views that were compared with a fresh query. */
  readonly compared: number;
  /** Views that a gateway confirmed by their digest after a reload. */
  readonly resumed: number;
}

const RETRY_MS = 100;
/** One of this many tabs reloads. */
const RELOADS = 10;

/** @throws SoakFault with the first difference */
export async function quietPoint(options: QuietPointOptions): Promise<QuietCounts> {
  const { users, tabs, boundMs, now, pause } = options;
  const until = now() + boundMs;
  const isCurrent = (): boolean => tabs.every((tab) => tab.isAnswered && tab.expected === 0);
  while (!isCurrent() && now() < until) await pause(RETRY_MS);
  let compared = 0;
  for (const user of users)
    compared += await compareAll(
      tabs.filter((tab) => tab.user === user.name),
      options,
      until,
    );
  const resumed = await reloadSome(options);
  return { compared, resumed };
}

/** Compares all views of a user's tabs. Views that only the engine evaluates follow within a second or two. */
async function compareAll(
  tabs: readonly SoakTab[],
  { oracle, now, pause }: QuietPointOptions,
  until: number,
): Promise<number> {
  const expected = new Map<string, string>();
  let compared = 0;
  for (const tab of tabs) {
    for (const { plan, view } of tab.views) {
      const fresh = expected.get(plan.name) ?? (await oracle.resultOf(plan.wire, tab.user));
      expected.set(plan.name, fresh);
      while (view === undefined || textOfResult(view.result) !== fresh) {
        if (now() > until) throw different(tab, plan.name, fresh, view && textOfResult(view.result));
        await pause(RETRY_MS);
      }
      compared += 1;
    }
  }
  return compared;
}

/** Some tabs reload, half of them on another gateway. As nothing has changed, no view is sent again. */
async function reloadSome({ users, tabs }: QuietPointOptions): Promise<number> {
  let resumed = 0;
  const chosen = tabs.filter((tab, index) => tab.isOpen && index % RELOADS === 0);
  for (const tab of chosen) {
    const before = tab.counts.same;
    await tab.disconnect();
    await users.find(({ name }) => name === tab.user)?.connect(tab);
    const same = tab.counts.same - before;
    if (same < tab.views.length) {
      throw new SoakFault(`${tab.name}: only ${same} of ${tab.views.length} views were the same after a reload`);
    }
    resumed += same;
  }
  return resumed;
}

function different(tab: SoakTab, plan: string, expected: string, shown: string | undefined): SoakFault {
  return new SoakFault(`${tab.name}: ${plan} differs from a fresh query`, { expected, shown, waiting: tab.expected });
}
