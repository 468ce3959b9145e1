/** A process that runs only the database. */
import { type ServerOptions, startServer } from '@spookify/embedded-surreal';

const options: ServerOptions = JSON.parse(String(process.argv[2]));
await startServer(options);
process.send?.('serves');
process.on('disconnect', () => process.exit());
