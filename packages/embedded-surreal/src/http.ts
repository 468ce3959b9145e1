import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Engine } from './engine.ts';
import type { Logger } from './logger.ts';

export function createHttpHandler(options: { engine: Engine; version: string; logger: Logger; maxBodyBytes: number }) {
  return {
    handle: (request: IncomingMessage, response: ServerResponse): void => {
      const path = request.url?.split('?')[0];
      if (path === '/version') response.end(options.version);
      else if (path === '/health' || path === '/status' || path === '/ready') response.end();
      else response.writeHead(404).end();
    },
    stop: (): void => {},
  };
}
