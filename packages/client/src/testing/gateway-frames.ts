import { type ClientFrame, encodeValue, type ServerFrame, type ViewChange, type WireRow } from '@spookify/gateway/wire';
import { RecordId } from 'surrealdb';
import type { LiveSource } from '../live/live-queries.ts';

/** Frames as a gateway sends them. */

/** A socket of a user, with the frames that were sent on it. */
export function sourceOf(user = 'ada'): LiveSource & { readonly sent: ClientFrame[] } {
  const sent: ClientFrame[] = [];
  return { user: new RecordId('user', user), sent, send: (frame) => void sent.push(frame) };
}

/** The change from an empty view to rows with these titles, for a plan without relations. */
export function rowsOf(titles: Readonly<Record<string, string>>): ViewChange {
  return {
    rows: Object.entries(titles).map(([key, title]) => [0, key, title, rowOf(key, title)]),
    lists: [[0, '', [[0, 0, Object.keys(titles)]]]],
  };
}

/** The change of one row. */
export function changeOf(key: string, title: string): ViewChange {
  return { rows: [[0, key, title, rowOf(key, title)]], lists: [] };
}

function rowOf(key: string, title: string): WireRow {
  return encodeValue({ id: new RecordId('thread', key), title }) as WireRow;
}

/** All frames of a round. */
export function roundOf(position: number, ...frames: readonly ServerFrame[]): ServerFrame[] {
  return [{ type: 'begin', round: position, position }, ...frames, { type: 'commit', round: position, position }];
}
