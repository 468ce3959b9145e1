/** What the page has rendered of the list since it was loaded. */
export interface Rendered {
  /** Rows that were made. */
  rows: number;
  /** Titles that were written into a row. */
  titles: number;
}
