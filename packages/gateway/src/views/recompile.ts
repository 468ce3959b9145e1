/*
 * Applies a new schema: every subscription is compiled again. Most keep their view, since its key is the same. Others
 * move to another view and are sent its number. Subscriptions that no longer fit the schema fail until a later schema
 * fits them again.
 */
import { GatewayError } from '../errors.ts';
import type { Compile, CompiledPlan } from '../plans/plan.ts';
import type { WireErrorBody } from '../wire/errors.ts';
import { textOf } from './diff.ts';
import type { Registry } from './registry.ts';
import type { Holding, Outcome, View } from './view.ts';

/** @returns the views that failed */
export function recompile(registry: Registry, compile: Compile, round: number, now: number): Map<View, Outcome> {
  const failed = new Map<View, Outcome>();
  const holdings = [...registry.sockets].flatMap((socket) => [...socket.holdings.values()]);
  for (const holding of holdings) {
    const { socket, plan, view } = holding;
    let compiled: CompiledPlan;
    try {
      compiled = compile(plan, socket.subscriber.reader);
    } catch (error) {
      if (view.isBroken) continue;
      const broken = registry.brokenView(view.compiled);
      failed.set(broken, { kind: 'failed', error: bodyOf(error) });
      move(registry, holding, broken, round, now);
      continue;
    }
    const next = registry.viewOf(compiled, socket.subscriber);
    registry.replace(next, compiled);
    if (next !== view) move(registry, holding, next, round, now);
  }
  return failed;
}

function move(registry: Registry, { socket, plan, view, ids }: Holding, next: View, round: number, now: number): void {
  const holding = registry.hold(socket, next, plan, round, undefined);
  const old = socket.holdings.get(view);
  const moved = [...ids];
  if (old) registry.drop(old, now);
  for (const id of moved) {
    holding.ids.add(id);
    socket.byId.set(id, holding);
    socket.subscriber.send(textOf({ type: 'subscribed', id, view: next.number }));
  }
}

export function bodyOf(error: unknown): WireErrorBody {
  if (error instanceof GatewayError) return error.body;
  return {
    code: 'SPOOKY_GATEWAY_INTERNAL',
    message: "The gateway could not prepare this query. Report it; the gateway's log has the details.",
  };
}
