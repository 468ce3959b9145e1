/** Who owns which partition of a job table: used by `spooky db migrate`. */

/** What runners need in the database. */
export { installOwnership } from './install.ts';
