import type { Attributes, AttributeValue, Origin } from "../../../signals/records.ts";
import { listOf, objectOf, textOf } from "../json.ts";
import type { Loose } from "../json.ts";

/** What is known of a sender besides what it sends. */
export interface Sender {
  /** The project of the DSN. */
  readonly project: string;
  /** Names of services by project. */
  readonly services: Readonly<Record<string, string>>;
}

/** Tags, which come as an object or as pairs. */
export function tagsOf(value: unknown): Loose {
  if (!Array.isArray(value)) return objectOf(value) ?? {};
  const pairs = listOf(value).flatMap((one) => {
    const [key, text] = Array.isArray(one)
      ? (one as unknown[])
      : [objectOf(one)?.["key"], objectOf(one)?.["value"]];
    return typeof key === "string" ? [[key, text] as const] : [];
  });
  return Object.fromEntries(pairs);
}

/** The resource that an SDK of OpenTelemetry beside Sentry has told. */
const otelResource = (payload: Loose): Loose =>
  objectOf(objectOf(objectOf(payload["contexts"])?.["otel"])?.["resource"]) ?? {};

/** The service by what is most precise: a resource, a tag, the project's name, the project. */
function serviceOf(payload: Loose, { project, services }: Sender): string {
  const tags = tagsOf(payload["tags"]);
  const said =
    textOf(otelResource(payload)["service.name"], 500) ||
    textOf(tags["service.name"], 500) ||
    textOf(tags["service"], 500);
  // Sentry's SDKs invent this name.
  if (said !== "" && said !== "node" && !said.startsWith("unknown_service")) return said;
  return services[project] ?? `project-${project}`;
}

/** Who sent an event, a transaction or a list of items. */
export function originOf(payload: Loose, header: Loose, sender: Sender): Origin {
  const sdk = objectOf(payload["sdk"]) ?? objectOf(header["sdk"]) ?? {};
  const trace = objectOf(header["trace"]) ?? {};
  const resource: Record<string, AttributeValue> = { "service.name": serviceOf(payload, sender) };
  const add = (key: string, ...values: unknown[]): void => {
    const value = values.map((one) => textOf(one, 500)).find((one) => one !== "");
    if (value !== undefined) resource[key] = value;
  };
  add("service.version", payload["release"], trace["release"]);
  add("deployment.environment.name", payload["environment"], trace["environment"]);
  add("host.name", payload["server_name"]);
  add("service.instance.id", otelResource(payload)["service.instance.id"], payload["server_name"]);
  add("telemetry.sdk.name", sdk["name"]);
  add("telemetry.sdk.version", sdk["version"]);
  const platform = textOf(payload["platform"], 100);
  add("telemetry.sdk.language", platform === "node" ? "nodejs" : platform);
  resource["sentry.project"] = sender.project;
  const none: Attributes = {};
  return {
    resource,
    scopeName: textOf(sdk["name"], 500),
    scopeVersion: textOf(sdk["version"], 500),
    scopeAttributes: none,
  };
}
