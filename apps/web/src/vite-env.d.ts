interface ImportMetaEnv {
  readonly VITE_SPOOKY_DATABASE_URL?: string;
  readonly VITE_SPOOKY_NAMESPACE?: string;
  readonly VITE_SPOOKY_DATABASE?: string;
}
