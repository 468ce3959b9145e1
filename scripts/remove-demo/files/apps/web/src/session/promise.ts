/** What the app does for a person, in one or two short sentences: shown to those who have yet to sign in. */
export const PROMISE = 'Say here what your app is for.';
