import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** How the model answers its next requests. */
export type Behaviour =
  | { kind: 'answer' }
  /** Answers once `release` is called. */
  | { kind: 'hold' }
  /** `retryAfter`: the seconds that it asks for before the next attempt. */
  | { kind: 'fail'; status: number; message: string; retryAfter?: number };

/** A real HTTP server that supports as much of the OpenAI protocol as a chat completion needs. */
export interface OpenAiServer {
  baseUrl: string;
  model: string;
  requests: { authorization: string | undefined; body: unknown }[];
  behave(behaviour: Behaviour): void;
  /** Answers all held requests and all later ones. */
  release(): void;
  close(): Promise<void>;
}

export async function startOpenAiServer(model = 'ghost-writer-1'): Promise<OpenAiServer> {
  let behaviour: Behaviour = { kind: 'answer' };
  let held: (() => void)[] = [];
  const requests: OpenAiServer['requests'] = [];
  const server = createServer(async (request, response) => {
    const body = await json(request);
    requests.push({ authorization: request.headers.authorization, body });
    if (behaviour.kind === 'hold') await new Promise<void>((resolve) => held.push(resolve));
    const answer =
      behaviour.kind === 'fail' ? { status: behaviour.status, body: { error: behaviour } } : completion(model);
    if (behaviour.kind === 'fail' && behaviour.retryAfter !== undefined)
      response.setHeader('retry-after', behaviour.retryAfter);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const release = () => {
    behaviour = { kind: 'answer' };
    for (const answer of held) answer();
    held = [];
  };
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    model,
    requests,
    behave: (next) => {
      behaviour = next;
    },
    release,
    close: () => {
      release();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function completion(model: string) {
  const content = JSON.stringify({ title: 'The model whispers', content: 'Something with too many teeth wrote this.' });
  return {
    status: 200,
    body: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content, refusal: null } }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    },
  };
}
