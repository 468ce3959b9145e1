import type { Link } from '@spookify/surreal-link';
import { type Target, withConnection } from './connection.ts';

export type OwnerTarget = Omit<Target, 'remedy' | 'isOwner'>;

/**
 * Runs `work` on a connection as the owner of the database. Creates a missing namespace or database. The owner may be a user
 * of the root, the namespace or the database.
 *
 * @throws CliError `SPOOKY_CLI_DATABASE_UNREACHABLE`
 */
export function withOwner<T>(target: OwnerTarget, work: (database: Link) => Promise<T>): Promise<T> {
  return withConnection({ ...target, isOwner: true, remedy: "check the owner's name and password." }, work);
}
