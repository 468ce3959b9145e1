/*
 * Applies a new schema: every subscription is compiled again. Most keep their view, since its key is the same. Others
 * move to another view and are sent its number. Subscriptions that no longer fit the schema fail until a later schema
 * fits them again.
 */
import { GatewayError } from '../errors.ts';
import type { Compile, CompiledPlan } from '../plans/plan.ts';
import type { WireErrorBody } from '../wire/errors.ts';
import type { Registry } from './registry.ts';
import { announce, announceToAll, isOfEngine, type Outcome, type View, type ViewSubscription } from './view.ts';

/** @returns the views that failed */
export function recompile(registry: Registry, compile: Compile, round: number, now: number): Map<View, Outcome> {
  const failed = new Map<View, Outcome>();
  const subscriptions = [...registry.sockets].flatMap((socket) => [...socket.byView.values()]);
  for (const subscription of subscriptions) {
    const { socket, plan, view } = subscription;
    let compiled: CompiledPlan;
    try {
      compiled = compile(plan, socket.subscriber.reader);
    } catch (error) {
      if (view.isBroken) continue;
      const broken = registry.brokenView(view.compiled);
      failed.set(broken, { kind: 'failed', error: bodyOf(error) });
      move(registry, subscription, broken, round, now);
      continue;
    }
    const next = registry.viewOf(compiled, socket.subscriber);
    const wasOfEngine = isOfEngine(next);
    registry.replace(next, compiled);
    if (isOfEngine(next) !== wasOfEngine) announceToAll(next);
    if (next !== view) move(registry, subscription, next, round, now);
  }
  return failed;
}

function move(
  registry: Registry,
  { socket, plan, view, ids }: ViewSubscription,
  next: View,
  round: number,
  now: number,
): void {
  const subscription = registry.attach(socket, next, plan, round, undefined);
  const old = socket.byView.get(view);
  const moved = [...ids];
  if (old) registry.detach(old, now);
  for (const id of moved) {
    subscription.ids.add(id);
    socket.byId.set(id, subscription);
  }
  announce(next, socket, moved);
}

export function bodyOf(error: unknown): WireErrorBody {
  if (error instanceof GatewayError) return error.body;
  return {
    code: 'SPOOKY_GATEWAY_INTERNAL',
    message: "The gateway could not prepare this query. Report it; the gateway's log has the details.",
  };
}
