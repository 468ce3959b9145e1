import { family, histograms, type Sample } from '@spookify/surreal-link/status';
import type { LiveViewsStats } from '../views/subscriber.ts';
import type { GatewayCounts } from './gateway-meters.ts';

/** What a gateway holds at the moment of a scrape. */
export interface GatewayGauges {
  /** Whether the database is connected. */
  readonly connected: boolean;
  /** Open sockets. */
  readonly sockets: number;
  /** Users with open sockets. */
  readonly users: number;
  /** Engine sessions of users that are open in the database. */
  readonly engineSessions: number;
  readonly views: LiveViewsStats;
}

/** Everything that a gateway counts. The names are stable. */
export function metricsPage(counts: Readonly<GatewayCounts>, gauges: GatewayGauges): string {
  return [
    gaugesPage(gauges),
    roundsPage(counts),
    viewsPage(counts, gauges.views),
    socketsPage(counts),
    requestsPage(counts),
  ].join('');
}

function gaugesPage({ connected, sockets, users, engineSessions, views }: GatewayGauges): string {
  return [
    gauge('database_connected', 'Whether the database is connected.', connected ? 1 : 0),
    gauge('sockets', 'Open sockets of signed-in users. Each open tab has one.', sockets),
    gauge('users', 'Users with at least one open socket.', users),
    gauge('engine_sessions', 'Sessions of users that are open in the database, for their writes.', engineSessions),
    gauge('views', 'Views that are kept up to date. Equal queries with equal permissions share one.', views.views),
    gauge('subscriptions', 'Subscriptions of open sockets: one for each query of a tab.', views.subscriptions),
    gauge('view_bytes', 'Bytes of the rows of all views, approximately.', views.bytes),
    gauge('sockets_behind', 'Sockets that get no deltas now, because their clients read too slowly.', views.behind),
  ].join('');
}

function roundsPage(counts: Readonly<GatewayCounts>): string {
  const { rounds, roundSeconds, deliverySeconds, engineMs, conflicts, resets, fullScans } = counts;
  return [
    counters('rounds_total', 'Rounds, by how they ended.', labelled('end', rounds)),
    histograms(
      `${PREFIX}round_seconds`,
      'From the beginning of a round until its frames were handed to the sockets. Without failed rounds.',
      [[{}, roundSeconds]],
    ),
    counter('round_engine_seconds_total', 'Engine time that rounds took in the database.', engineMs / 1_000),
    counter('round_conflicts_total', 'Rounds that lost a conflict against another gateway and ran again.', conflicts),
    counter(
      'resets_total',
      'Rounds that read every view again: at the start, after changes of the schema and imports.',
      resets,
    ),
    counter('full_scans_total', 'Rounds that read the whole inbox instead of its recent part.', fullScans),
    histograms(
      `${PREFIX}delivery_seconds`,
      'From a write until the frames that show it were handed to the sockets: the oldest write of each round that sent deltas.',
      [[{}, deliverySeconds]],
    ),
  ].join('');
}

function viewsPage({ viewReads, patches, deferrals }: Readonly<GatewayCounts>, stats: LiveViewsStats): string {
  return [
    counters('view_reads_total', 'Views that were read in the database, by reason.', labelled('reason', viewReads)),
    counter('view_patches_total', 'Views that were brought up to date without being read.', patches),
    counter(
      'view_deferrals_total',
      'Views that a round affected but left for a later round, to limit the time of rounds.',
      deferrals,
    ),
    counters('view_proofs_total', "First snapshots that were compared with what the user's own session selects.", [
      [{ result: 'same' }, stats.proofs - stats.proofsFailed],
      [{ result: 'different' }, stats.proofsFailed],
    ]),
  ].join('');
}

function socketsPage(counts: Readonly<GatewayCounts>): string {
  const { frames, sentBytes, socketsOpened, socketsClosed, socketsRefused } = counts;
  return [
    counters(
      'frames_sent_total',
      'Frames that were handed to sockets, by type.',
      labelled('type', new Map(Object.entries(frames))),
    ),
    counter('sent_bytes_total', 'Bytes of these frames.', sentBytes),
    counter('sockets_opened_total', 'Sockets that were accepted.', socketsOpened),
    counters(
      'sockets_closed_total',
      'Accepted sockets that have closed, by reason.',
      labelled('reason', socketsClosed),
    ),
    counters('sockets_refused_total', 'Sockets that were refused, by reason.', labelled('reason', socketsRefused)),
  ].join('');
}

function requestsPage({ writes, receiptsDeleted, signIns, signUps }: Readonly<GatewayCounts>): string {
  return [
    counters(
      'writes_total',
      'Writes of browsers that were answered, by result: ok, or an error code.',
      labelled('result', writes),
    ),
    counter('receipts_deleted_total', 'Receipts of writes that were deleted because they are old.', receiptsDeleted),
    counters(
      'sign_ins_total',
      'Sign-ins that were answered, by result: ok, or an error code.',
      labelled('result', signIns),
    ),
    counters(
      'sign_ups_total',
      'Sign-ups that were answered, by result: ok, or an error code.',
      labelled('result', signUps),
    ),
  ].join('');
}

const PREFIX = 'spooky_gateway_';

function gauge(name: string, help: string, value: number): string {
  return family('gauge', PREFIX + name, help, [[{}, value]]);
}

function counter(name: string, help: string, value: number): string {
  return counters(name, help, [[{}, value]]);
}

function counters(name: string, help: string, samples: readonly Sample[]): string {
  return family('counter', PREFIX + name, help, samples);
}

function labelled(label: string, counts: ReadonlyMap<string, number>): Sample[] {
  return [...counts].map(([value, count]) => [{ [label]: value }, count]);
}
