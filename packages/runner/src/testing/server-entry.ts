/** A process that runs only the database, so that a test can kill it. */
import { type ServerOptions, startServer } from '@spookify/embedded-surreal';

const options: ServerOptions = JSON.parse(String(process.argv[2]));
const { port } = await startServer(options);
process.send?.(port);
// Exits with the test.
process.on('disconnect', () => process.exit());
