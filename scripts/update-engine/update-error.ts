/** An update that cannot happen; nothing has been changed. The message ends with the remedy. */
export class UpdateError extends Error {
  override readonly name = 'UpdateError';
}
