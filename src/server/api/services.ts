import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { resourceId } from "../../core/graph.ts";
import { get } from "../../core/http.ts";
import type { AnyRoute, Method } from "../../core/http.ts";
import type { Schema } from "../../core/schema.ts";
import type { AnyService } from "../../core/service.ts";
import { documentPath, routesOf } from "../declared.ts";
import type { InstanceState } from "../isolate.ts";

import type { ServerParts } from "../parts.ts";

/** A service: what it may do, who calls it, what it answers to, what runs it. */
interface ServiceAnswer {
  readonly name: string;
  readonly description: string;
  readonly open: boolean;
  readonly uses: readonly {
    readonly key: string;
    readonly kind: string;
    /** `queue/welcome-email` */
    readonly resource: string;
    readonly verb: string;
    readonly flow: "in" | "out" | "both";
  }[];
  readonly usedBy: readonly { readonly service: string; readonly verb: string }[];
  readonly routes: readonly {
    readonly method: Method;
    readonly path: string;
    readonly summary: string;
    readonly role?: string;
  }[];
  readonly instances: readonly InstanceState[];
}

const instance = z.object({
  pid: z.number().int().nullable(),
  state: z.enum(["running", "starting", "down", "draining"]),
  startedAtMs: z.number().int().nullable(),
  restarts: z.number().int(),
  lastExit: z.string().nullable(),
});
const serviceAnswer: z.ZodType<ServiceAnswer> = z.object({
  name: z.string(),
  description: z.string(),
  open: z.boolean().describe("Whether callers from outside need no key of the platform."),
  uses: z.array(
    z.object({
      key: z.string().describe("What its code calls it."),
      kind: z.string(),
      resource: z.string(),
      verb: z.string(),
      flow: z.enum(["in", "out", "both"]).describe("Which way the work flows; in: to the service."),
    }),
  ),
  usedBy: z.array(z.object({ service: z.string(), verb: z.string() })),
  routes: z.array(
    z.object({
      method: z.enum(["get", "post", "put", "patch", "delete"]),
      path: z.string().describe("As in OpenAPI: /orders/{id}. It is below /svc/NAME."),
      summary: z.string(),
      role: z.exactOptional(z.string()),
    }),
  ),
  instances: z.array(instance),
});
const servicesAnswer: Schema<unknown, { readonly services: readonly ServiceAnswer[] }> = z.object({
  services: z.array(serviceAnswer),
});

function usedBy(service: AnyService, parts: ServerParts): ServiceAnswer["usedBy"] {
  return parts.platform.host.app.services.flatMap(({ name, uses }) => {
    const verbs = Object.values(uses)
      .filter(({ resource }) => resource === service)
      .map(({ verb }) => verb);
    return [...new Set(verbs)].map((verb) => ({ service: name, verb }));
  });
}

function answerOf(service: AnyService, parts: ServerParts): ServiceAnswer {
  const { name, description, open, uses } = service;
  return {
    name,
    description,
    open,
    uses: Object.entries(uses).map(([key, { resource, verb, flow }]) => ({
      key,
      kind: resource.kind,
      resource: resourceId(resource),
      verb,
      flow,
    })),
    usedBy: usedBy(service, parts),
    routes: routesOf(service, parts.platform).map(({ method, path, options }) => ({
      method,
      path: documentPath(path),
      summary: options.summary ?? "",
      ...(options.role === undefined ? {} : { role: options.role }),
    })),
    instances: parts.instances(name),
  };
}

/** The services of the app. */
export function serviceRoutes(parts: ServerParts): readonly AnyRoute[] {
  const { services } = parts.platform.host.app;
  return [
    get(
      "/services",
      {
        role: "viewer",
        answer: servicesAnswer,
        summary: "Services: what they use, what runs them",
      },
      () => ({ services: services.map((one) => answerOf(one, parts)) }),
    ),
    get(
      "/services/:name",
      { role: "viewer", answer: serviceAnswer, summary: "One service" },
      ({ params }) => {
        const found = services.find(({ name }) => name === params.name);
        if (found !== undefined) return answerOf(found, parts);
        const names = services.map(({ name }) => name).join(", ");
        const message = `there is no service ${JSON.stringify(params.name)}; there are ${names}`;
        throw coreErrors.MOR_NOT_FOUND(message);
      },
    ),
  ];
}
