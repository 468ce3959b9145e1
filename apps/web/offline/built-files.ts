/** What the service worker knows of its build. */
export interface BuiltFiles {
  /** A hash of all files. */
  readonly version: string;
  /** The path of each file, with its hash as in the attribute `integrity`. `/` is index.html. */
  readonly files: Readonly<Record<string, string>>;
  /** The beginnings of paths that are not pages of the app: their requests go to the network. */
  readonly notPages: readonly string[];
}
