/** What a gateway needs in the database. `spooky db migrate` installs it. */

export { announceReset } from './announce-reset.ts';
export { installGateway } from './install.ts';
export { CHANGE_EVENT, GATEWAY_ACCESS, GATEWAY_TABLE, OWN_PREFIX, QUIET_VARIABLE } from './names.ts';
