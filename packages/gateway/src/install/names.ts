/** The engine's own names in the database. All begin with `spooky_`, so that an application may have a table `session`. */

export const CHANGE_TABLE = 'spooky_change';
export const BATCH_TABLE = 'spooky_change_batch';
export const GATEWAY_TABLE = 'spooky_gateway';
export const SESSION_TABLE = 'spooky_session';
/** The event that every table of the application has. */
export const CHANGE_EVENT = 'spooky_change';
/**
 * The version of what that event does, in its comment. Raise it with every change of its definition: installations then replace
 * the events of earlier versions.
 */
export const CHANGE_EVENT_VERSION = 1;
/** The access that the gateway signs tokens for. */
export const GATEWAY_ACCESS = 'spooky_gateway';
/** A session that sets this variable to true writes its entries itself. */
export const QUIET_VARIABLE = 'spooky_quiet';
/** Before every name of the engine. */
export const OWN_PREFIX = 'spooky_';
