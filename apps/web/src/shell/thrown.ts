/** The texts for what schema/schema.surql throws, such as `THROW 'username-taken'`. */
export const THROWN: ReadonlyMap<string, string> = new Map([
  ['username-taken', 'This username is taken. Choose another one, or sign in if it is yours.'],
  ['username-invalid', 'A username has 3 to 32 letters, digits, hyphens or underscores, and nothing else.'],
  ['password-too-short', 'The password is too short: it needs at least 8 characters.'],
  ['thread-changed', 'The thread was changed meanwhile, so this was not saved. Look at it as it is now, then choose.'],
  ['row-changed', 'This was changed meanwhile, so it was not saved. Look at it as it is now, then choose.'],
]);
