/**
 * Makes this process wait in every write to a pipe until the pipe has taken it, as programs in C do and as Node does on
 * Windows. Otherwise Node writes in the background, and an exit loses what the pipe has not taken yet: most of 10,000
 * lines. No public function of Node does this.
 */
export function writeOutputSynchronously(): void {
  for (const stream of [process.stdout, process.stderr]) {
    (stream as { _handle?: { setBlocking?(isBlocking: boolean): void } })._handle?.setBlocking?.(true);
  }
}
