import { z } from 'zod';

/** The users that service processes sign in as carry these names, so no backend may. */
const RESERVED_NAMES: readonly string[] = ['runner', 'gateway', 'database'];

/** The key of a backend in sp00ky.yml. */
export const backendName = z
  .string()
  .refine((value) => /^[a-z][a-z0-9-]*$/.test(value), 'a backend is named by small letters, digits and -; rename it')
  .refine((value) => !RESERVED_NAMES.includes(value), 'runner, gateway and database are taken by spooky; rename it');

/** Why no backend can have this name; undefined if one can. */
export function backendNameFault(name: string): string | undefined {
  return backendName.safeParse(name).error?.issues[0]?.message;
}
