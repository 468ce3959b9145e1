import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the server received it. */
export interface ModelRequest {
  url: string;
  headers: IncomingHttpHeaders;
  body: { model: string; messages: { role: string; content: string }[]; response_format?: unknown };
}

/** An HTTP server that speaks the OpenAI protocol. The test decides each answer. */
export interface OpenAiServer {
  /** For OPENAI_BASE_URL. */
  baseUrl: string;
  requests: ModelRequest[];
  /** The number of open requests. */
  open(): number;
  /** Makes the next answers. */
  answer: (request: ModelRequest, response: ServerResponse) => void;
  close(): Promise<void>;
}

export async function startOpenAiServer(): Promise<OpenAiServer> {
  let open = 0;
  const server = createServer(async (request, response) => {
    open++;
    response.once('close', () => open--);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const got = {
      url: request.url ?? '',
      headers: request.headers,
      body: JSON.parse(Buffer.concat(chunks).toString()),
    };
    modelServer.requests.push(got);
    modelServer.answer(got, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const modelServer: OpenAiServer = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: [],
    open: () => open,
    answer: completes({ title: 'A title', content: 'A content.' }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return modelServer;
}

/** Answers like a model: an object becomes JSON, a string is sent unchanged. */
export function completes(content: unknown, message: object = {}, choice: object = {}): OpenAiServer['answer'] {
  const text = typeof content === 'string' || content === null ? content : JSON.stringify(content);
  return (_request, response) =>
    json(response, 200, {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'ghost-writer-2026-01-01',
      choices: [
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text, ...message }, ...choice },
      ],
    });
}

/** Answers with any status, headers and body. An object becomes JSON. */
export function sends(
  status: number,
  body: string | Buffer | object,
  headers: Record<string, string> = {},
): OpenAiServer['answer'] {
  return (_request, response) =>
    typeof body === 'string' || Buffer.isBuffer(body)
      ? response.writeHead(status, headers).end(body)
      : json(response, status, body, headers);
}

/** Answers like a provider that refuses. */
export function refuses(status: number, message: string, headers: Record<string, string> = {}): OpenAiServer['answer'] {
  return sends(status, { error: { message, type: 'error', code: null } }, headers);
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
