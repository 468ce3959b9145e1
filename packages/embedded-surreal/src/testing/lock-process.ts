/** Takes and releases the lock of a folder, as it is told, with a folder or without. */
import { type FolderLock, lockFolder } from '../storage/folder-lock.ts';

let lock: FolderLock | undefined;

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
