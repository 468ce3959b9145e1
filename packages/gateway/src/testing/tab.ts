/*
 * A tab as the gateway sees it, with the simplest client that the wire format allows. It applies frames literally and
 * reports every frame that does not fit.
 */
import type { Queries } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import type { Subscriber } from '../views/subscriber.ts';
import { type DigestNode, digestOf } from '../wire/digest.ts';
import type { WireErrorBody } from '../wire/errors.ts';
import type { ServerFrame, ViewChange, WireRow } from '../wire/frames.ts';

interface TabNode {
  readonly rows: Map<string, { readonly hash: string; readonly row: WireRow }>;
  readonly lists: Map<string, string[]>;
}

export interface TabView {
  nodes: Map<number, TabNode> | undefined;
  error: WireErrorBody | undefined;
}

export interface Tab extends Subscriber {
  /** By the view's number. */
  readonly views: ReadonlyMap<number, TabView>;
  /** Bytes that the tab has not read, set by the test. While it is above 0, frames are kept. */
  unsentBytes: number;
  readonly frames: readonly ServerFrame[];
  readonly rejected: ReadonlyMap<number, WireErrorBody>;
  readonly closedWith: number | undefined;
  /** The last committed round and position. */
  readonly round: number;
  readonly position: number;
  /** The rows of a view's root, by the id of a subscription; undefined before the first snapshot. */
  rowsOf(id: number): WireRow[] | undefined;
  viewOf(id: number): TabView | undefined;
  /** @param parents the parent of each node of the plan. Default: those of a plan with one relation */
  digestOf(id: number, parents?: readonly number[]): string | undefined;
  /** Reads all frames that were kept. */
  drain(): void;
}

export interface TabOptions {
  readonly reader: RecordId;
  readonly engine: Queries;
  readonly onCommit?: (tab: Tab) => void;
  /** Called for every violation of the format. Default: throws. */
  readonly onFault?: (fault: string) => void;
}

export function createTab({ reader, engine, onCommit, onFault }: TabOptions): Tab {
  const views = new Map<number, TabView>();
  const viewNumbers = new Map<number, number>();
  const rejected = new Map<number, WireErrorBody>();
  const frames: ServerFrame[] = [];
  const kept: string[] = [];
  let open: number | undefined;
  let closedWith: number | undefined;
  let round = 0;
  let position = 0;

  const fault = (text: string): void => {
    if (onFault) onFault(text);
    else throw new Error(text);
  };

  function view(number: number): TabView {
    const known = views.get(number);
    if (known) return known;
    const made: TabView = { nodes: undefined, error: undefined };
    views.set(number, made);
    return made;
  }

  function take(text: string): void {
    const frame: ServerFrame = JSON.parse(text);
    frames.push(frame);
    if ('view' in frame && frame.type !== 'subscribed' && open === undefined) fault(`${frame.type} outside a round`);
    switch (frame.type) {
      case 'begin':
        if (open !== undefined) fault('begin within a round');
        if (frame.round < round) fault(`round ${frame.round} after ${round}`);
        open = frame.round;
        return;
      case 'commit':
        if (open !== frame.round) fault(`commit ${frame.round} of round ${open}`);
        open = undefined;
        round = frame.round;
        position = frame.position;
        onCommit?.(tab);
        return;
      case 'subscribed':
        viewNumbers.set(frame.id, frame.view);
        view(frame.view);
        return;
      case 'rejected':
        rejected.set(frame.id, frame.error);
        return;
      case 'snapshot': {
        const snapshot = view(frame.view);
        snapshot.nodes = new Map();
        snapshot.error = undefined;
        apply(snapshot.nodes, frame, fault);
        return;
      }
      case 'delta': {
        const { nodes } = view(frame.view);
        if (nodes) apply(nodes, frame, fault);
        else fault(`a delta of view ${frame.view}, which has no snapshot`);
        return;
      }
      case 'failed':
        Object.assign(view(frame.view), { nodes: undefined, error: frame.error });
        return;
      default:
    }
  }

  const tab = {
    reader,
    engine,
    views,
    frames,
    rejected,
    unsentBytes: 0,
    get closedWith() {
      return closedWith;
    },
    get round() {
      return round;
    },
    get position() {
      return position;
    },
    send(text: string) {
      if (tab.unsentBytes > 0) {
        tab.unsentBytes += text.length;
        kept.push(text);
      } else take(text);
    },
    close(code: number) {
      closedWith = code;
    },
    drain() {
      tab.unsentBytes = 0;
      for (const text of kept.splice(0)) take(text);
    },
    viewOf(id: number) {
      return views.get(viewNumbers.get(id) ?? -1);
    },
    rowsOf(id: number) {
      const root = tab.viewOf(id)?.nodes?.get(0);
      const nodes = tab.viewOf(id)?.nodes;
      if (nodes === undefined) return undefined;
      return (root?.lists.get('') ?? []).map((key) => root?.rows.get(key)?.row ?? { missing: key });
    },
    digestOf(id: number, parents: readonly number[] = [-1, 0]) {
      const nodes = tab.viewOf(id)?.nodes;
      if (nodes === undefined) return undefined;
      return digestOf(
        parents.map(
          (parent, index): DigestNode => ({
            parent,
            lists: nodes.get(index)?.lists ?? new Map(),
            hashOf: (key) => nodes.get(index)?.rows.get(key)?.hash,
          }),
        ),
      );
    },
  };
  return tab;
}

/** Applies a change literally. */
export function apply(nodes: Map<number, TabNode>, { rows, lists }: ViewChange, fault: (text: string) => void): void {
  const node = (index: number): TabNode => {
    const known = nodes.get(index);
    if (known) return known;
    const made: TabNode = { rows: new Map(), lists: new Map() };
    nodes.set(index, made);
    return made;
  };
  for (const [index, key, hash, row] of rows) node(index).rows.set(key, { hash, row });
  for (const [index, parent, splices] of lists) {
    const list = node(index).lists.get(parent) ?? [];
    for (const [at, remove, insert] of splices) {
      if (at + remove > list.length) fault(`a splice at ${at} of ${list.length} keys`);
      list.splice(at, remove, ...insert);
    }
    node(index).lists.set(parent, list);
  }
}
