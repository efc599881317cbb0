import { coreErrors } from "../../core/errors.ts";
import type { CapabilityRuntime, Host } from "../../core/host.ts";
import type { ClientOptions } from "../../core/service.ts";
import { breaker, retryBudget } from "./breaker.ts";
import { serviceClient } from "./client.ts";
import type { Callee, Transport } from "./client.ts";

/** How requests reach the services of the app from this process. */
export interface Transports {
  /** @throws MOR_ENGINE_UNAVAILABLE when no instance of the service is ready */
  to(service: string): Transport;
}

/** Ends the wait for an answer when the request's signal aborts, whatever the callee does. */
export function untilAborted(request: Request, answer: Promise<Response>): Promise<Response> {
  const { signal } = request;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(coreErrors.MOR_CANCELLED(`${request.url} was given up`));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** The capability `service.client()`: one callee with its breaker and budget a process. */
export function serviceRuntime(host: Host, transports: Transports): CapabilityRuntime {
  const callees = new Map<string, Callee>();
  const calleeOf = (name: string): Callee => {
    let callee = callees.get(name);
    if (callee === undefined) {
      const transport: Transport = (request) =>
        untilAborted(
          request,
          Promise.resolve().then(() => transports.to(name)(request)),
        );
      callee = { name, transport, breaker: breaker(host.clock), budget: retryBudget() };
      callees.set(name, callee);
    }
    return callee;
  };
  return {
    hold(capability, holder) {
      const { clock, random, metrics } = host;
      const limits = capability.options as ClientOptions;
      const tracer = host.tracing.tracerFor(holder.service);
      const caller = { service: holder.service, clock, random, metrics, tracer };
      return serviceClient(calleeOf(capability.resource.name), limits, caller);
    },
    close: () => Promise.resolve(),
  };
}
