/** What the app does, in one or two short sentences, for people who have not signed in. */
export const TAGLINE = 'Write here what your app is for.';
