/** A backend: after a moment it spookifies every thread except those whose id says that its ghost sleeps. */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

const { API_AUTH_TOKEN, HOST, PORT } = process.env;

createServer(async (request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.headers.authorization !== `Bearer ${API_AUTH_TOKEN}`) return answer(401, { message: 'Who is there?' });
  const { id } = await json(request);
  // Long enough for every attempt to be shown.
  await setTimeout(500);
  if (id.includes('asleep')) return answer(503, { message: 'The ghost is asleep.' });
  answer(200, { writer: 'the ghost' });
}).listen(Number(PORT), HOST);
