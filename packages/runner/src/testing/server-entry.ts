/** A process with nothing but the database in it, so that a test can kill it. */
import { type ServerOptions, startServer } from '@spookify/embedded-surreal';

const options: ServerOptions = JSON.parse(String(process.argv[2]));
const { port } = await startServer(options);
process.send?.(port);
// Nothing stays behind when the test is gone.
process.on('disconnect', () => process.exit());
