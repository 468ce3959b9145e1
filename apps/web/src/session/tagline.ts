/** What the app does, in two short sentences, for people who have not signed in. */
export const TAGLINE = 'Write something plain. The ghost rewrites it as a spooky story.';
