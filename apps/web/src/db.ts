import { createClient } from '@spookify/client';
import { schema } from './schema.gen.ts';

/** The one connection of this window, to the gateway behind the page's own origin. Tabs have one each. */
export const db = createClient({ schema });
