import { createClient } from '@spookify/client';
import { defaultDatabase } from './database-defaults.ts';
import { schema } from './schema.gen.ts';

const env = import.meta.env;

/** The one connection of this window. Every page reads and writes through it; tabs have one each. */
export const db = createClient({
  schema,
  url: env.VITE_SPOOKY_DATABASE_URL ?? defaultDatabase.url,
  namespace: env.VITE_SPOOKY_NAMESPACE ?? defaultDatabase.namespace,
  database: env.VITE_SPOOKY_DATABASE ?? defaultDatabase.database,
});
