import { fileURLToPath } from 'node:url';

/** The folder of the web app. */
export const WEB = fileURLToPath(new URL('../../../apps/web', import.meta.url));
