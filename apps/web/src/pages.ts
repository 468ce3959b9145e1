import type { Component } from 'solid-js';

/** A page for people who are signed in, with a link in the header. */
export interface Page {
  /** Its address: `/notes`. */
  readonly path: string;
  readonly label: string;
  /** Its module is loaded when somebody goes there. */
  readonly load: () => Promise<{ default: Component }>;
}

export const pages: readonly Page[] = [
  // spooky add table: new pages come before this line
];
