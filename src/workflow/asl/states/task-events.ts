import { textPayload } from "../history.ts";
import type { Details } from "../history.ts";
import type { Frame } from "../run.ts";
import type { Resource } from "../tasks.ts";
import type { JsonObject } from "../values.ts";

/** The events of a task's life; Lambda ARNs, activities and services tell them differently. */
export interface TaskEvents {
  scheduled(input: string, limits: JsonObject): void;
  started(): void;
  submitted(output: string): void;
  succeeded(details: JsonObject): void;
  failed(details: JsonObject): void;
  timedOut(details: JsonObject): void;
}

type Adder = (type: string, details?: Details) => void;

function lambdaEvents(add: Adder, resource: Resource): TaskEvents {
  const event = (name: string, details: JsonObject): void =>
    add(`LambdaFunction${name}`, [`lambdaFunction${name}`, details]);
  return {
    scheduled: (input, limits) =>
      event("Scheduled", { ...textPayload("input", input), resource: resource.arn, ...limits }),
    started: () => add("LambdaFunctionStarted"),
    submitted: () => {},
    succeeded: (details) => event("Succeeded", details),
    failed: (details) => event("Failed", details),
    timedOut: (details) => event("TimedOut", details),
  };
}

function activityEvents(add: Adder, resource: Resource): TaskEvents {
  const event = (name: string, details: JsonObject): void =>
    add(`Activity${name}`, [`activity${name}`, details]);
  return {
    scheduled: (input, limits) =>
      event("Scheduled", { ...textPayload("input", input), resource: resource.arn, ...limits }),
    started: () => event("Started", {}),
    submitted: () => {},
    succeeded: (details) => event("Succeeded", details),
    failed: (details) => event("Failed", details),
    timedOut: (details) => event("TimedOut", details),
  };
}

function serviceEvents(add: Adder, resource: Resource, region: string): TaskEvents {
  const about = { resource: resource.resource, resourceType: resource.resourceType };
  const event = (name: string, details: JsonObject): void =>
    add(`Task${name}`, [`task${name}`, { ...about, ...details }]);
  return {
    scheduled: (parameters, limits) => event("Scheduled", { parameters, region, ...limits }),
    started: () => event("Started", {}),
    submitted: (output) => event("Submitted", textPayload("output", output)),
    succeeded: (details) => event("Succeeded", details),
    failed: (details) => event("Failed", details),
    timedOut: (details) => event("TimedOut", details),
  };
}

/** The events of a task of this resource, on the trail of the frame's strand. */
export function eventsOf({ run, strand }: Frame, resource: Resource): TaskEvents {
  const add: Adder = (type, details) => void run.history.add(strand, type, details);
  if (resource.kind === "lambda") return lambdaEvents(add, resource);
  if (resource.kind === "activity") return activityEvents(add, resource);
  return serviceEvents(add, resource, run.identity.region);
}
