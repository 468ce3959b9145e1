/** A process that only runs the database, so that a test can kill it. */
import { type ServerOptions, startServer } from '@spookify/embedded-surreal';

const options: ServerOptions = JSON.parse(String(process.argv[2]));
const { url } = await startServer(options);
process.send?.(url);
process.on('disconnect', () => process.exit());
