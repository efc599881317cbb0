/**
 * Morning: the platform layer of an AI SaaS. This module has what every app needs to declare
 * itself; each capability has a module of its own (`morning-ai/messaging/queue`).
 * @module
 */
export { config } from "./core/config.ts";
export type { Config, DriverChoice, EnvironmentConfig } from "./core/config.ts";
export { MorningError } from "./core/errors.ts";
export type { ErrorOccurrence, ErrorSpec, MorningErrorData } from "./core/errors.ts";
export {
  accepted,
  created,
  del,
  get,
  noContent,
  ok,
  patch,
  post,
  put,
  reply,
} from "./core/http.ts";
export type {
  AnswerOf,
  AnyRoute,
  Method,
  PathParams,
  Reply,
  Route,
  RouteCall,
  RouteDeclaration,
  RouteOptions,
  RouteResult,
} from "./core/http.ts";
export type { Log, LogFields } from "./core/log.ts";
export { handle, handleBatch } from "./core/receiver.ts";
export type {
  BatchMessage,
  BatchResult,
  HandlerBinding,
  HandlerCall,
  Handling,
  MessageInfo,
  Receiver,
  Receiving,
} from "./core/receiver.ts";
export type { Capability, Held, Resource, Uses } from "./core/resource.ts";
export type { InputOf, JsonSchema, OutputOf, Rejection, Schema } from "./core/schema.ts";
export { app, service } from "./core/service.ts";
export type {
  AnyService,
  App,
  CallAnswer,
  CallInput,
  CallOptions,
  Client,
  ClientOptions,
  Service,
  ServiceOptions,
} from "./core/service.ts";
export { activeSpan } from "./core/tracing.ts";
export type { Span } from "./core/tracing.ts";
export type { Transactional, Transactions, Tx, Writes } from "./core/transaction.ts";
