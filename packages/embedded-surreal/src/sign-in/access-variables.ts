/**
 * Finds the variables that the clauses of an access read. They are needed at every sign-in, so they are cached for a
 * moment: a flood of attempts must not query the engine each time.
 */
import type { Engine } from '../engine/engine.ts';
import { accessDefinition } from '../session/selection.ts';

/** How long an answer is cached, in milliseconds. A changed definition takes effect after that. */
const CACHE_MS = 1000;
/** The cache is bounded because the names come from clients. */
const MAX_CACHED = 1000;

interface Answer {
  readonly askedAt: number;
  readonly names: Promise<readonly string[]>;
}

const answers = new WeakMap<Engine, Map<string, Answer>>();

/** Empty for an access that does not exist. `key` and `refresh` carry a bearer key and a refresh token. */
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
  if (known !== undefined && Date.now() - known.askedAt < CACHE_MS) return known.names;
  if (kept.size >= MAX_CACHED) kept.clear();
  const names = accessDefinition(engine, namespace, database, access).then(variablesOf);
  kept.set(place, { askedAt: Date.now(), names });
  // The caller receives the failure; the next call asks again.
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
