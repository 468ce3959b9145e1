#!/usr/bin/env node
// Uses only syntax that old versions of Node understand, so that it can print which version is needed.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const wanted = [22, 18];
const version = process.versions.node.split('.').map(Number);

function stop(message) {
  console.error(message);
  process.exit(1);
}

if (version[0] < wanted[0] || (version[0] === wanted[0] && version[1] < wanted[1])) {
  stop(
    `spooky needs Node ${wanted.join('.')} or later; this is ${process.versions.node}.\n` +
      'Run it with "npx spooky" or "npm run dev", which use the Node brings along.',
  );
} else {
  // Caches the code that V8 compiled, which shortens the start of the whole stack by a tenth. The child processes use the
  // same folder because they inherit the variable.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url));
  module.enableCompileCache?.();
  import('../dist/main.js').catch((error) => {
    const notBuilt = error.code === 'ERR_MODULE_NOT_FOUND' && /[\\/]dist[\\/]/.test(error.message);
    stop(notBuilt ? `spooky is not built yet; run "npm install && npm run build" first.\n${error.message}` : error);
  });
}
