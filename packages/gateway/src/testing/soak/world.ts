import type { Link } from '@spookify/surreal-link';
import type { SoakTab } from './soak-tab.ts';

/** What the simulated users share. */
export interface World {
  readonly owner: Link;
  /** URLs of the gateways. */
  readonly gateways: readonly string[];
  /** The tabs of a user. */
  tabsOf(user: string): readonly SoakTab[];
  /** All tabs of all users. */
  readonly tabs: readonly SoakTab[];
  /** Keys of rows that were deleted, or whose deletion is under way. */
  readonly gone: Set<string>;
  /** The next place in the order of messages. */
  nextPlace(): number;
  /** Resolves after this time, or when the run ends. */
  pause(ms: number): Promise<void>;
}

/** A write was acknowledged: these tabs must show it. */
export function announce(tabs: readonly SoakTab[], key: string, version: number | 'gone'): void {
  for (const tab of tabs) if (tab.isOpen) tab.expect(key, version);
}
