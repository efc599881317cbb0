/**
 * Events: typed publish and subscribe with the semantics of EventBridge.
 * @module
 */
export { event } from "./event.ts";
export type {
  Event,
  EventOptions,
  Publisher,
  PublishOptions,
  SubscribeOptions,
  Subscriber,
  SubscriberOptions,
  Webhook,
  WebhookOptions,
} from "./event.ts";
export type { EventEnvelope } from "./envelope.ts";
export { eventErrors } from "./errors.ts";
export type { InputTransformer } from "./input.ts";
