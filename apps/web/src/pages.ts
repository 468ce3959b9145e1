import type { Component } from 'solid-js';

/** A page for people who are signed in, with a link in the header. */
export interface Page {
  /** Its address: `/notes`. */
  readonly path: string;
  readonly label: string;
  /** Loads the module of the page on the first visit. */
  readonly load: () => Promise<{ default: Component }>;
}

export const pages: readonly Page[] = [
  // spooky add table: new pages come before this line
];
