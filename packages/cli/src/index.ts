/** The `spooky` command, for programs that run it in their own process. */
export { runProgram } from './program.ts';
