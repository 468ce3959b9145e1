/** The target of bin/spooky.js. */
import { runProgram } from './program.ts';

// Nobody reads it any more: no reason to die of, before everything that was started has been stopped.
process.stderr.on('error', () => {});
const exitCode = await runProgram(process.argv.slice(2));
// Once everything is written: output to a pipe may still be on its way.
process.stdout.write('', () => process.exit(exitCode));
