/** The file that defines a job table, as `spooky outbox` writes it. */

export { newOutboxFile, parseOutboxFile, upgradeOutboxFile } from './outbox-file.ts';
export { OUTBOX_VERSION, type OutboxNames } from './template.ts';
