/** The program that bin/spooky.js starts. */
import { runProgram } from './program.ts';

// A closed standard error must not end this process before it has stopped everything that it started.
process.stderr.on('error', () => {});
const exitCode = await runProgram(process.argv.slice(2));
// Exits when all output is written. Writes to a pipe are asynchronous.
process.stdout.write('', () => process.exit(exitCode));
