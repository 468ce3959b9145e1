/** A child process that locks the folder in each message, or releases its lock if the message has no folder. */
import { lockFolder } from '../storage/folder-lock.ts';
import type { FileLock } from '../storage/lock-file.ts';

let lock: FileLock | undefined;

process.on('message', ({ folder }: { folder?: string }) => {
  if (folder === undefined) {
    lock?.release();
    lock = undefined;
    process.send?.('released');
    return;
  }
  lockFolder(folder).then(
    (taken) => {
      lock = taken;
      process.send?.('taken');
    },
    (error: { code?: string }) => process.send?.(error.code ?? String(error)),
  );
});
process.send?.('ready');
