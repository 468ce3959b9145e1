/** The texts for what schema/schema.surql throws, such as `THROW 'username-taken'`. */
export const THROWN: ReadonlyMap<string, string> = new Map([
  ['username-taken', 'This username is taken. Choose another one, or sign in if it is yours.'],
  ['username-invalid', 'A username must have 3 to 32 characters: letters, digits, hyphens or underscores.'],
  ['password-too-short', 'The password is too short. It needs at least 8 characters.'],
  ['thread-changed', 'The thread was changed meanwhile, so this was not saved. Compare both versions and choose one.'],
]);
