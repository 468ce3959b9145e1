/**
 * A child process: a server on the folder that the first argument names, with the options in the second, until it is
 * killed or gets a message.
 */
import { startServer } from '../server.ts';

const [path = '', options = '{}'] = process.argv.slice(2);
try {
  const root = { username: 'root', password: 'correct "horse" \\ battéry' };
  const warnings: object[] = [];
  const error = (_details: object, message: string) => process.send?.({ error: message });
  const logger = { debug() {}, info() {}, warn: (details: object) => warnings.push(details), error };
  const server = await startServer({ ...JSON.parse(options), storage: { type: 'rocksdb', path }, root, logger });
  process.send?.({ url: server.url, port: server.port, warnings });
  process.once('message', () => server.close().then(() => process.exit(0)));
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  process.send?.({ code, message });
  process.exitCode = 1;
  process.disconnect();
}
