/** The target of bin/spooky.js. */
import { runProgram } from './program.ts';

const exitCode = await runProgram(process.argv.slice(2));
// Once everything is written: output to a pipe may still be on its way.
process.stdout.write('', () => process.exit(exitCode));
