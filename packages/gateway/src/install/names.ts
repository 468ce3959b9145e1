/**
 * The engine's names in the database. All of them begin with `spooky_`, so an application may have a table `session`.
 */

export const CHANGE_TABLE = 'spooky_change';
export const BATCH_TABLE = 'spooky_change_batch';
export const GATEWAY_TABLE = 'spooky_gateway';
export const SESSION_TABLE = 'spooky_session';
export const RECEIPT_TABLE = 'spooky_receipt';
/** The event that installGateway adds to the application's tables. */
export const CHANGE_EVENT = 'spooky_change';
/**
 * The version of that event's definition, stored in its comment. Raise it with every change of the definition, so that
 * installations replace the events of earlier versions.
 */
export const CHANGE_EVENT_VERSION = 1;
/** The access that the gateway signs engine tokens for. */
export const GATEWAY_ACCESS = 'spooky_gateway';
/** A session that sets this variable to true writes its own inbox entries; the events then write none. */
export const QUIET_VARIABLE = 'spooky_quiet';
/** The prefix of every name of the engine. */
export const OWN_PREFIX = 'spooky_';
