/** A process that runs only a gateway. */
import { createGateway, type GatewayOptions } from '../../index.ts';

const options: GatewayOptions = JSON.parse(String(process.argv[2]));
await createGateway(options).start();
process.send?.('serves');
process.on('disconnect', () => process.exit());
