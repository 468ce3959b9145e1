/** Why an update does not happen; nothing has been changed then. The message ends with the remedy. */
export class UpdateError extends Error {
  override readonly name = 'UpdateError';
}
