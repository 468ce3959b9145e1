import type { Link } from '@spookify/surreal-link';
import { type Target, withConnection } from './connection.ts';

export type OwnerTarget = Omit<Target, 'remedy' | 'isOwner'>;

/**
 * Runs `work` as the owner; namespace and database are made if they are not there. The owner may be a user of the root,
 * of the namespace or of the database.
 *
 * @throws CliError `SPOOKY_CLI_DATABASE_UNREACHABLE`
 */
export function withOwner<T>(target: OwnerTarget, work: (database: Link) => Promise<T>): Promise<T> {
  return withConnection({ ...target, isOwner: true, remedy: "check the owner's name and password." }, work);
}
