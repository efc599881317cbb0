import type { Resource } from "../core/resource.ts";
import type { JsonSchema, Schema } from "../core/schema.ts";
import { heldBy } from "../core/service.ts";
import type { App } from "../core/service.ts";
import { makeComponents } from "./components.ts";

/** What of a queue or an event this document shows. */
interface Payload {
  readonly schema: Schema;
  readonly description: string;
  readonly address: string;
}

function payloadOf(resource: Resource): Payload | undefined {
  const found = resource as Resource & {
    readonly message?: Schema;
    readonly data?: Schema;
    readonly description?: string;
  };
  const schema = resource.kind === "queue" ? found.message : found.data;
  if (schema === undefined || (resource.kind !== "queue" && resource.kind !== "event")) {
    return undefined;
  }
  return { schema, description: found.description ?? "", address: resource.name };
}

/** Keys of components allow letters, digits, dots, hyphens and underscores. */
function keyOf(resource: Resource): string {
  return `${resource.kind}.${resource.name}`;
}

const actions: Readonly<Record<string, "send" | "receive">> = {
  send: "send",
  publish: "send",
  consume: "receive",
  subscribe: "receive",
};

/** The document of every queue and event with who sends and receives (AsyncAPI 3.0). */
export function asyncapiDocument(app: App, version: string): JsonSchema {
  const channels: Record<string, JsonSchema> = {};
  const operations: Record<string, JsonSchema> = {};
  const components = makeComponents();
  for (const resource of app.resources) {
    const payload = payloadOf(resource);
    if (payload === undefined) continue;
    const schema = components.embed(payload.schema, "input", keyOf(resource));
    channels[keyOf(resource)] = {
      address: payload.address,
      description: payload.description,
      messages: {
        message: { name: resource.name, contentType: "application/json", payload: schema },
      },
    };
  }
  for (const service of app.services) {
    for (const [name, held] of heldBy(service)) {
      const key = keyOf(held.resource);
      const action = actions[held.verb];
      if (action === undefined || channels[key] === undefined) continue;
      operations[`${service.name}.${name}`] = {
        action,
        channel: { $ref: `#/channels/${key}` },
        messages: [{ $ref: `#/channels/${key}/messages/message` }],
        summary: `${service.name} ${held.verb}s ${held.resource.name}`,
      };
    }
  }
  return {
    asyncapi: "3.0.0",
    info: { title: app.name, version, description: app.description },
    defaultContentType: "application/json",
    channels,
    operations,
    components: { schemas: components.all() },
  };
}
