import { type ClientFrame, decodeValue, type ServerFrame } from '@spookify/gateway/wire';
import { recordOf } from '../write/touches.ts';

/** Says what a frame is about, without values of fields. */
export function describeFrame(frame: ClientFrame | ServerFrame): string {
  switch (frame.type) {
    case 'hello':
      return String(decodeValue(frame.user));
    case 'subscribe':
      return `#${frame.id} ${frame.plan.table}`;
    case 'write':
      return `#${frame.id} ${frame.write.kind} ${recordOf(frame.write)}`;
    case 'begin':
    case 'commit':
      return `round ${frame.round}, position ${frame.position}`;
    case 'subscribed':
      return `#${frame.id} view ${frame.view}`;
    case 'snapshot':
    case 'delta':
      return `view ${frame.view}: ${frame.rows.length} changed rows`;
    case 'same':
      return `view ${frame.view}`;
    case 'failed':
      return `view ${frame.view} ${frame.error.code}`;
    case 'rejected':
    case 'refused':
      return `#${frame.id} ${frame.error.code}`;
    case 'written':
    case 'synced':
      return `#${frame.id} visible in round ${frame.visibleIn}`;
    case 'unsubscribe':
    case 'sync':
      return `#${frame.id}`;
    case 'ping':
    case 'pong':
      return '';
  }
}
