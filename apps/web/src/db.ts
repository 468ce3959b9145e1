import { createClient } from '@spookify/client';
import { schema } from './schema.gen.ts';

/** The connection of this window to the gateway on the page's own origin. Each tab has one. */
export const db = createClient({ schema });
