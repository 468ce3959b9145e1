/** What the app does for a person, in two short sentences: shown to those who have yet to sign in. */
export const PROMISE = 'Write something plain. The ghost hands it back with the lights out.';
