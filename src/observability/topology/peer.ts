import type { Attributes, SpanRecord } from "../signals/records.ts";
import { textOf } from "../signals/rows.ts";

/** The other end of a span's work, as its attributes tell it. */
export interface Peer {
  /** `queue/welcome-email`, `database/postgresql:shop`, `model/openai:gpt-5`, `external/host`. */
  readonly node: string;
  /** `messaging`, `db`, `cache`, `blob`, `model`, `http`, `rpc`, or the kind of the resource. */
  readonly type: string;
  /** Whether the span named a declared resource itself (`morning.resource`) or a model. */
  readonly named: boolean;
}

/** Text of the first of `keys` that is there and not empty; empty where none is. */
export function firstText(attributes: Attributes, ...keys: readonly string[]): string {
  for (const key of keys) {
    const value = attributes[key];
    if (value === undefined) continue;
    const [text] = textOf(value);
    if (text !== "") return text;
  }
  return "";
}

const typeOfKind: Readonly<Record<string, string>> = {
  queue: "messaging",
  event: "messaging",
  schedule: "messaging",
  subscription: "messaging",
  table: "db",
  database: "db",
  service: "http",
};

/** `rpc` for spans of a remote procedure call, else `http`. */
export function callType(attributes: Attributes): "rpc" | "http" {
  return firstText(attributes, "rpc.system.name", "rpc.system") === "" ? "http" : "rpc";
}

function modelOf(attributes: Attributes): Peer | undefined {
  const model = firstText(attributes, "gen_ai.request.model", "gen_ai.response.model");
  if (model === "") return undefined;
  const provider = firstText(attributes, "gen_ai.provider.name", "gen_ai.system");
  const node = provider === "" ? `model/${model}` : `model/${provider}:${model}`;
  return { node, type: "model", named: true };
}

function databaseOf(attributes: Attributes): Peer | undefined {
  const system = firstText(attributes, "db.system.name", "db.system");
  if (system === "") return undefined;
  const namespace = firstText(attributes, "db.namespace", "db.name", "server.address");
  const node = namespace === "" ? `database/${system}` : `database/${system}:${namespace}`;
  return { node, type: "db", named: false };
}

function destinationOf(attributes: Attributes): Peer | undefined {
  if (firstText(attributes, "messaging.destination.name", "messaging.system") === "") {
    return undefined;
  }
  const destination = firstText(
    attributes,
    "messaging.destination.template",
    "messaging.destination.name",
    "messaging.system",
  );
  return { node: `queue/${destination}`, type: "messaging", named: false };
}

function remoteOf(attributes: Attributes): Peer | undefined {
  const type = callType(attributes);
  const service = firstText(attributes, "peer.service");
  if (service !== "") return { node: `service/${service}`, type, named: false };
  const address = firstText(attributes, "server.address", "net.peer.name");
  if (address === "") return undefined;
  const port = firstText(attributes, "server.port", "net.peer.port");
  const shown = port === "" || port === "80" || port === "443" ? "" : `:${port}`;
  return { node: `external/${address}${shown}`, type, named: false };
}

/**
 * What a span worked with, by the semantic conventions of OpenTelemetry; undefined where its
 * attributes name nothing. `morning.resource` (a declared id) goes before all others.
 */
export function peerOf({ attributes }: Pick<SpanRecord, "attributes">): Peer | undefined {
  const resource = firstText(attributes, "morning.resource");
  if (resource !== "") {
    const kind = resource.split("/", 1)[0] as string;
    return { node: resource, type: typeOfKind[kind] ?? kind, named: true };
  }
  return (
    modelOf(attributes) ??
    databaseOf(attributes) ??
    destinationOf(attributes) ??
    remoteOf(attributes)
  );
}
