/** The `spooky` command, for programs that want to run it in their own process. */
export { runProgram } from './program.ts';
