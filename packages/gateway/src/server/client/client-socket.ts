import type { Queries } from '@spookify/surreal-link';
import { type RawData, WebSocket } from 'ws';
import { GatewayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type GatewayLogger, shortId } from '../../logger.ts';
import type { GatewayMeters } from '../../observe/gateway-meters.ts';
import type { Plan } from '../../plans/plan.ts';
import { createTokenBucket } from '../../rates/token-bucket.ts';
import type { UserRate } from '../../rates/user-rate.ts';
import { renewInMs, type Session } from '../../session/sessions.ts';
import type { LiveViews, Subscriber } from '../../views/subscriber.ts';
import { CLOSE_REASONS, type WireErrorBody } from '../../wire/errors.ts';
import { frameCost } from '../../wire/frame-cost.ts';
import { PROTOCOL, type ServerFrame } from '../../wire/frames.ts';
import { FRAME_UNIT_BYTES, FRAMES_BURST, FRAMES_PER_SECOND } from '../../wire/limits.ts';
import { encodeValue, type WireRecordId } from '../../wire/value.ts';
import { closePeer, watchPeer } from '../peer.ts';
import { readClientFrame } from './client-frame.ts';
import { createClientSubscriptions } from './client-subscriptions.ts';
import { createClientWrites, type WriteAs } from './client-writes.ts';
import { FrameError } from './frame-error.ts';

export interface ClientSocketOptions {
  readonly session: Session;
  readonly views: LiveViews;
  /** The user's own engine session. */
  readonly engine: Queries;
  readonly write: WriteAs;
  readonly validatePlan: (plan: unknown) => Plan;
  /** The rate of all frames of the user, over all sockets. */
  readonly rate: UserRate;
  readonly namespace: string;
  readonly database: string;
  readonly logger: GatewayLogger;
  readonly meters: GatewayMeters;
}

/** The close code for an internal error in RFC 6455. */
const INTERNAL = 1011;

/** A `sync` promises all that is committed, however long its transaction was open. */
const ANY_AGE = Number.POSITIVE_INFINITY;

/** One open socket of a signed-in user. */
export interface ClientSocket {
  readonly session: Session;
  close(code: number, reason: string): void;
}

/** Serves the socket until it closes. */
export function serveClient(socket: WebSocket, options: ClientSocketOptions): ClientSocket {
  const { session, views, engine, logger, meters, validatePlan, write, rate, namespace, database } = options;
  const userName = session.user.toString();
  const close = (code: number, reason: string): void => closePeer(socket, code, reason);
  const sendText = (text: string): void => {
    if (socket.readyState !== WebSocket.OPEN) return;
    meters.sent(text);
    socket.send(text, () => undefined);
  };
  const send = (frame: ServerFrame): void => sendText(JSON.stringify(frame));
  /** The error that is sent to the client. Details of an internal error go to the log only. */
  const bodyOf = (error: unknown): WireErrorBody => {
    if (error instanceof GatewayError) return error.body;
    logger.error({ err: error, user: shortId(session.user) }, 'a frame failed');
    return { code: 'SPOOKY_GATEWAY_INTERNAL', message: 'The gateway failed; try again.' };
  };
  const subscriber: Subscriber = {
    reader: session.user,
    send: sendText,
    get unsentBytes() {
      return socket.bufferedAmount;
    },
    close,
    engine,
  };
  // A socket that has closed must not be registered with the views again.
  const nextRound = (openMs: number): number =>
    views.nextRound(socket.readyState === socket.OPEN ? subscriber : undefined, openMs);
  const subscriptions = createClientSubscriptions({ subscriber, views, validatePlan, send, bodyOf });
  const makeWrite = createClientWrites({
    write,
    nextRound,
    wake: () => views.wake(),
    now: () => performance.now(),
    onAnswer: (result) => meters.wrote(result),
    send,
    bodyOf,
  });

  const fail = (error: unknown): void => {
    if (error instanceof FrameError) close(CLOSE_REASONS.badFrame, error.message);
    else close(INTERNAL, bodyOf(error).message);
  };
  const takeOfUser = (cost: number): boolean => rate.take(userName, cost);
  receiveFrames(socket, { close, fail, takeOfUser }, (text) => {
    const frame = readClientFrame(text);
    if (frame.type === 'ping') send({ type: 'pong' });
    else if (frame.type === 'subscribe') subscriptions.subscribe(frame);
    else if (frame.type === 'unsubscribe') subscriptions.unsubscribe(frame.id);
    else if (frame.type === 'sync') send({ type: 'synced', id: frame.id, visibleIn: nextRound(ANY_AGE) });
    else makeWrite(frame);
  });
  socket.on('close', () => views.leave(subscriber));
  watchPeer(socket);
  const user = encodeValue(session.user) as WireRecordId;
  send({ type: 'hello', protocol: PROTOCOL, user, renewInMs: renewInMs(session.leftMs), namespace, database });
  return { session, close };
}

interface Receiving {
  readonly close: (code: number, reason: string) => void;
  readonly fail: (error: unknown) => void;
  /** Takes the cost of a frame from the user's rate; returns false if too little is left. */
  readonly takeOfUser: (cost: number) => boolean;
}

/**
 * Passes text frames on within the rate, and closes the socket for any other frame. Later frames are ignored. The pong
 * to one of the gateway's pings counts as well, since nothing else limits unsolicited pongs.
 */
function receiveFrames(
  socket: WebSocket,
  { close, fail, takeOfUser }: Receiving,
  receive: (text: string) => void,
): void {
  const bucket = createTokenBucket(FRAMES_PER_SECOND, FRAMES_BURST, () => performance.now());
  const isAdmitted = (bytes: number): boolean => {
    if (socket.readyState !== WebSocket.OPEN) return false;
    const cost = frameCost(bytes);
    const isOfSocket = !bucket.take(cost);
    if (!isOfSocket && takeOfUser(cost)) return true;
    const most = isOfSocket ? FRAMES_PER_SECOND : `${LIMITS.socket.framesPerUserPerSecond} of one user's`;
    close(CLOSE_REASONS.tooMany, `more than ${most} frames of ${FRAME_UNIT_BYTES} bytes per second`);
    return false;
  };
  socket.on('message', (data, isBinary) => {
    if (!isAdmitted(bytesOf(data))) return;
    try {
      if (isBinary) throw new FrameError('binary');
      receive(data.toString());
    } catch (error) {
      fail(error);
    }
  });
  socket.on('ping', (data) => {
    if (isAdmitted(data.length)) socket.pong(data);
  });
  socket.on('pong', (data) => isAdmitted(data.length));
}

function bytesOf(data: RawData): number {
  return Array.isArray(data) ? data.reduce((sum, { length }) => sum + length, 0) : data.byteLength;
}
