import { GatewayError } from '../../errors.ts';
import type { Plan } from '../../plans/plan.ts';
import type { LiveViews, Subscriber } from '../../views/subscriber.ts';
import type { WireErrorBody } from '../../wire/errors.ts';
import type { ClientFrame, ServerFrame } from '../../wire/frames.ts';
import { SUBSCRIPTIONS_MAX } from '../../wire/limits.ts';
import { FrameError } from './frame-error.ts';

export interface ClientSubscriptionsOptions {
  readonly subscriber: Subscriber;
  readonly views: Pick<LiveViews, 'subscribe' | 'unsubscribe'>;
  readonly validatePlan: (plan: unknown) => Plan;
  readonly send: (frame: ServerFrame) => void;
  readonly bodyOf: (error: unknown) => WireErrorBody;
}

/** The subscriptions of one socket. */
export interface ClientSubscriptions {
  /** @throws FrameFault if the id is in use */
  subscribe(frame: ClientFrame & { type: 'subscribe' }): void;
  unsubscribe(id: number): void;
}

export function createClientSubscriptions(options: ClientSubscriptionsOptions): ClientSubscriptions {
  const { subscriber, views, validatePlan, send, bodyOf } = options;
  const ids = new Set<number>();

  return {
    subscribe({ id, plan, digest }) {
      if (ids.has(id)) throw new FrameError(`subscription ${id} exists`);
      try {
        if (ids.size >= SUBSCRIPTIONS_MAX) throw tooMany();
        const checked = validatePlan(plan);
        ids.add(id);
        views.subscribe(subscriber, id, checked, digest);
      } catch (error) {
        ids.delete(id);
        send({ type: 'rejected', id, error: bodyOf(error) });
      }
    },
    unsubscribe(id) {
      if (ids.delete(id)) views.unsubscribe(subscriber, id);
    },
  };
}

function tooMany(): GatewayError {
  const message = `At most ${SUBSCRIPTIONS_MAX} queries can be watched on one connection; stop watching some, then try again in a moment.`;
  return new GatewayError('SPOOKY_GATEWAY_LIMIT', message);
}
