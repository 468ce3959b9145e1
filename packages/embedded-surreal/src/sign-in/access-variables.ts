/** Which variables the clauses of an access read. Needed at every sign-in, so the answers are kept for a moment: a flood must not ask the engine each time. */
import type { Engine } from '../engine/engine.ts';
import { accessDefinition } from '../session/selection.ts';

/** How long an answer is kept; a changed definition counts after that. */
const FRESH_MS = 1000;
/** The names come from clients, so there may be many. */
const MOST_KEPT = 1000;

interface Answer {
  readonly askedAt: number;
  readonly names: Promise<readonly string[]>;
}

const answers = new WeakMap<Engine, Map<string, Answer>>();

/** None for an access that does not exist. `key` and `refresh` are what a bearer or refresh key comes in. */
export function accessVariables(
  engine: Engine,
  namespace: string,
  database: string,
  access: string,
): Promise<readonly string[]> {
  const kept = answers.get(engine) ?? new Map<string, Answer>();
  answers.set(engine, kept);
  const place = JSON.stringify([namespace, database, access]);
  const known = kept.get(place);
  if (known !== undefined && Date.now() - known.askedAt < FRESH_MS) return known.names;
  if (kept.size >= MOST_KEPT) kept.clear();
  const names = accessDefinition(engine, namespace, database, access).then(variablesOf);
  kept.set(place, { askedAt: Date.now(), names });
  // The caller gets the failure; the next call asks again.
  names.catch(() => kept.delete(place));
  return names;
}

function variablesOf(definition: string | undefined): readonly string[] {
  if (definition === undefined) return [];
  const found = Array.from(definition.matchAll(/\$(?:(\w+)|`([^`]+)`|⟨([^⟩]+)⟩)/g), ([, bare, ticked, angled]) =>
    String(bare ?? ticked ?? angled),
  );
  return [...new Set([...found, 'key', 'refresh'])];
}
