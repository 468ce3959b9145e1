import type { EmbeddedEngine, RecordSession, StatementResult } from '@spookify/embedded-surreal';
import { alternatives, parseKind } from './kind.ts';
import type { OutboxFault } from './outbox-table.ts';
import { outboxTrials, type Trial } from './outbox-trials.ts';
import type { TableStructure } from './structure.ts';

const ACCESS = 'spooky_trial';

/**
 * Tries the guards of a job table with statements of record users, and returns those that do not work. It replaces the user table by
 * one without rules, so that it can create users. The engine must not be used afterwards.
 *
 * @param engine an engine in memory with the schema applied
 * @param table a job table with every field that the runner needs
 */
export async function tryOutboxGuards(engine: EmbeddedEngine, table: TableStructure): Promise<OutboxFault[]> {
  const users = userTableOf(table);
  const person = (name: string): string => `${users}:spooky_trial_${name}`;
  await engine.query(`REMOVE TABLE IF EXISTS ${users}; DEFINE TABLE ${users} SCHEMALESS PERMISSIONS FULL;
    CREATE ${person('mine')}, ${person('other')}, ${person('gone')};
    DEFINE ACCESS OVERWRITE ${ACCESS} ON DATABASE TYPE RECORD SIGNIN { RETURN type::record($person) };`);
  const signIn = (name: string): Promise<RecordSession> => engine.signIn(ACCESS, { person: person(name) });
  const [mine, other, gone] = [await signIn('mine'), await signIn('other'), await signIn('gone')];

  const trials = outboxTrials({ mine: person('mine'), other: person('other') });
  const written = (index: number, text: string): string =>
    text.replaceAll('@job', `${table.name}:trial_${index}`).replaceAll('@table', table.name);
  const before = trials.flatMap((trial, index) =>
    trial.before === undefined ? [] : [written(index, `CREATE @job SET ${trial.before}`)],
  );
  await mine.query([...before, 'RETURN NONE'].join(';'));
  await other.query(`CREATE ${table.name}:trial_of_other SET path = '/trial'`);
  await engine.query(`DELETE ${person('gone')}`);

  const done: StatementResult[] = [];
  const sessions = { mine, gone };
  for (const by of ['mine', 'gone'] as const) {
    const own = [...trials.entries()].filter(([, trial]) => trial.by === by);
    const results = await sessions[by].query(own.map(([index, trial]) => written(index, trial.statement)).join(';'));
    for (const [at, [index]] of own.entries()) done[index] = results[at] ?? { ok: false, message: '' };
  }
  const owner: Pick<RecordSession, 'query'> = {
    query: async (text) => (await engine.query(text)).map((result) => ({ ok: true, result })),
  };
  const faults: OutboxFault[] = [];
  for (const [index, trial] of trials.entries()) {
    const asked = trial.proofBy === 'owner' ? owner : sessions[trial.by];
    const [answer] = await asked.query(`RETURN ${written(index, trial.proof)}`).catch(() => []);
    const had = answer?.ok === true && answer.result === true;
    if (had === trial.allowed) continue;
    faults.push({
      ...(trial.field !== undefined && { field: trial.field }),
      message: faultOf(table, trial, done[index]),
    });
    // If users cannot insert jobs, the other trials prove nothing.
    if (index === 0) break;
  }
  return faults;
}

/** The message of a fault. If a statement should have worked, it includes the error of the engine. */
function faultOf({ name }: TableStructure, { fault, allowed }: Trial, result: StatementResult | undefined): string {
  const why = allowed && result?.ok === false ? ` (${result.message})` : '';
  return `${fault.replaceAll('@table', name)}${why}`;
}

/** The table of the records that `created_by` accepts, or a new table if it accepts any record. */
function userTableOf({ fields }: TableStructure): string {
  const kind = parseKind(fields.find(({ name }) => name === 'created_by')?.kind);
  for (const option of alternatives(kind)) {
    const [table] = option.type === 'word' && option.word === 'record' ? option.args : [];
    if (table?.type === 'word') return `\`${table.word}\``;
  }
  return 'spooky_trial_user';
}
