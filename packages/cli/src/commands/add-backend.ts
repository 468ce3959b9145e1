import { type Command, InvalidArgumentError } from 'commander';
import { contextOf, projectOptions } from '../context.ts';
import { displayPath } from '../dev/display-path.ts';

interface Options {
  readonly port?: number;
  readonly dev?: string;
}

/** `spooky add backend` */
export function addBackendCommand(add: Command): void {
  add
    .command('backend')
    .argument('<name>', 'its name in sp00ky.yml, such as mail')
    .option('--port <number>', 'where it listens (default: the first free one from 3661)', parsePort)
    .option('--dev <command>', 'what starts it, as in sp00ky.yml: for a backend whose code you write')
    .summary('a backend: entry, spec, outbox, code, token')
    .description(
      'Adds a backend with one route: its entry in sp00ky.yml, a spec, an outbox, a small Fastify app with a test, and\n' +
        'its secrets in .env. Then the types are generated again. Overwrites nothing. With --dev no code is written: for a\n' +
        'backend in another language.',
    )
    .addHelpText(
      'after',
      "\nExample:\n  $ spooky add backend mail\n  $ spooky add backend words --dev '{ type: uv, script: main.py, workdir: ./apps/words }'",
    )
    .action(async (name: string, { port, dev }: Options, command: Command) => {
      const context = contextOf(command);
      const { addBackend } = await import('../add/backend/add-backend.ts');
      const backend = { name, ...(port !== undefined && { port }), ...(dev !== undefined && { dev }) };
      const added = await addBackend(backend, projectOptions(context));
      const lines = [
        ...added.files.map((file) => `wrote ${displayPath(file)}`),
        ...(added.made.length === 0 ? [] : [`generated ${added.made.join(', ')} in .env`]),
        ...added.left.map((what) => `left to you: ${what}`),
        `db.run('${name}', '${added.path}', …) is typed now; say what it takes and gives in the spec`,
      ];
      context.result({ event: 'added', ...added }, lines.join('\n'));
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('Write a port from 1 to 65535.');
}
