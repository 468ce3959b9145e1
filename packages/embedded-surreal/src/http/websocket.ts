/** One WebSocket: receives requests, sends answers and notifications, until either side closes it. */
import type { WebSocket } from 'ws';
import type { Logger } from '../logger.ts';
import { dispatch } from '../protocol/dispatch.ts';
import type { Format } from '../protocol/formats.ts';
import { fail, parseRequest, responseFrame } from '../protocol/frames.ts';
import { internalError } from '../protocol/rpc-error.ts';
import type { Connection } from '../session/connection.ts';
import { WRITE_SIGNAL } from '../write-signal/wait-for-write.ts';

export interface SocketOptions {
  /** Creates the connection of the socket; its notifications go to `deliver`. */
  readonly connect: (deliver: (frame: Uint8Array) => void) => Connection;
  readonly format: Format;
  /** How many bytes of answers and notifications may wait for a slow reader before it is disconnected. */
  readonly maxQueuedBytes: number;
  readonly logger: Logger;
}

export interface ServedSocket {
  /** Resolves when the socket is closed and everything of its connection in the engine has ended. */
  readonly ended: Promise<void>;
  /** Refuses new requests, answers running ones, then closes the socket. */
  stop(): void;
}

/** Serves a socket until either side closes it. */
export function serveSocket(socket: WebSocket, options: SocketOptions): ServedSocket {
  const { connect, format, maxQueuedBytes, logger } = options;
  const write = (frame: Uint8Array): void => {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(format.write(frame), { binary: format.binary });
    if (socket.bufferedAmount > maxQueuedBytes) {
      logger.warn({ queued: socket.bufferedAmount }, 'a client that reads too slowly is disconnected');
      socket.terminate();
    }
  };
  /** A value that is nested too deeply for the stack cannot be written as JSON. */
  const send = (frame: Uint8Array, otherwise?: Uint8Array): void => {
    try {
      write(frame);
    } catch (error) {
      logger.warn({ err: error }, 'an answer or notification could not be written');
      if (otherwise !== undefined) write(otherwise);
    }
  };
  const connection = connect(send);
  const { concurrentRequests: maxRunning, pingIntervalMs } = connection.limits;

  let running = 0;
  let stopping = false;
  const closeWhenIdle = (): void => {
    if (stopping && running === 0) closeGoingAway(socket);
  };
  const answer = async (bytes: Uint8Array): Promise<void> => {
    const request = format.read(bytes);
    const parsed = request === undefined ? parseRequest(new Uint8Array()) : parseRequest(request);
    if (!parsed.ok) return send(responseFrame(parsed.id, undefined, fail(parsed.error)));
    const { id, session, method } = parsed.request;
    if (stopping) return send(responseFrame(id, session, fail(internalError(SHUTTING_DOWN))));
    const answered = dispatch(connection, parsed.request)
      .catch((error: unknown) => {
        logger.error({ err: error, method }, 'a request failed');
        return fail(internalError('The server could not complete the request'));
      })
      .then((reply) => send(responseFrame(id, session, reply), responseFrame(id, session, UNWRITABLE)));
    // This request waits for other clients' writes, so it does not count as running.
    if (method !== WRITE_SIGNAL) await answered;
  };

  socket.on('message', (data: Buffer) => {
    running += 1;
    if (running >= maxRunning) socket.pause();
    void answer(data).finally(() => {
      running -= 1;
      if (socket.isPaused && running < maxRunning) socket.resume();
      closeWhenIdle();
    });
  });
  const stopPings = pingRegularly(socket, pingIntervalMs);
  socket.on('error', (error) => logger.debug({ err: error }, 'a client violated the protocol or lost its connection'));
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      stopPings();
      resolve(connection.close());
    });
  });
  const stop = (): void => {
    stopping = true;
    closeWhenIdle();
  };
  return { ended, stop };
}

const UNWRITABLE = fail(internalError('The answer is nested too deeply to be written as JSON'));
const SHUTTING_DOWN = 'The server is gracefully shutting down';

/** Closes a socket with 1001, the code for a server that goes away. The SDK reconnects if it is configured to. */
export function closeGoingAway(socket: WebSocket): void {
  socket.close(1001, SHUTTING_DOWN);
}

/** Disconnects a socket that has not answered a ping by the next one. */
function pingRegularly(socket: WebSocket, pingIntervalMs: number): () => void {
  let alive = true;
  socket.on('pong', () => {
    alive = true;
  });
  const timer = setInterval(() => {
    // The pong of a paused socket cannot be read; such a socket is busy.
    if (socket.isPaused) return;
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, pingIntervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
