import { z } from 'zod';

/** Names of database users of the services. A backend has a user too, so it must not have one of these names. */
const RESERVED_NAMES: readonly string[] = ['runner', 'gateway', 'database'];

/** The key of a backend in sp00ky.yml. */
export const backendName = z
  .string()
  .refine((value) => /^[a-z][a-z0-9-]*$/.test(value), 'a backend name has lower-case letters, digits and -; rename it')
  .refine((value) => !RESERVED_NAMES.includes(value), 'runner, gateway and database are reserved; rename it');

/** Returns why a backend cannot have this name, or undefined. */
export function backendNameFault(name: string): string | undefined {
  return backendName.safeParse(name).error?.issues[0]?.message;
}
