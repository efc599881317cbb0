import { fingerprintOf } from "../../../errors/fingerprint.ts";
import { severityOf, timeOf } from "../../../logs/parsing/index.ts";
import { serviceOf } from "../../../signals/records.ts";
import type { Origin } from "../../../signals/records.ts";
import {
  AttributeList,
  fitsNs,
  idOf,
  listOf,
  objectOf,
  secondsNs,
  textOf,
  valueOf,
} from "../json.ts";
import type { Loose } from "../json.ts";
import type { Tally } from "../tally.ts";
import { originOf, tagsOf } from "./scope.ts";
import type { Sender } from "./scope.ts";
import { stackText } from "./stack.ts";

/** Breadcrumbs that are kept, the newest. */
const crumbsMax = 100;
const crumbsCharsMax = 64 * 1024;
const stackCharsMax = 64 * 1024;

/** An instant as Sentry writes it: seconds, or ISO 8601. */
export function instantNs(value: unknown): bigint | undefined {
  if (typeof value !== "string" || /^\d+(\.\d+)?$/.test(value)) return secondsNs(value);
  const ns = timeOf(value);
  return ns !== undefined && fitsNs(ns) ? ns : undefined;
}

/** The severity of Sentry's levels; `default` where there is none. */
export function levelOf(value: unknown, otherwise: number): readonly [number, string] {
  const text = textOf(value, 50);
  return [severityOf(text) ?? otherwise, text];
}

/** The exceptions of an event, causes first. */
function chainOf(event: Loose): readonly Loose[] {
  const { exception } = event;
  const values = Array.isArray(exception) ? exception : objectOf(exception)?.["values"];
  const single = objectOf(exception);
  const list = values === undefined && single !== undefined ? [single] : listOf(values);
  return list.flatMap((one) => {
    const found = objectOf(one);
    return found === undefined ? [] : [found];
  });
}

/** The newest crumbs as JSON text that is not longer than its limit. */
function crumbsOf(event: Loose): string {
  const given = event["breadcrumbs"];
  const list = listOf(Array.isArray(given) ? given : objectOf(given)?.["values"]);
  const kept = list.slice(-crumbsMax).map((one) => JSON.stringify(valueOf(one)));
  let chars = kept.reduce((sum, { length }) => sum + length + 1, 2);
  while (chars > crumbsCharsMax) chars -= (kept.shift()?.length ?? chars) + 1;
  return kept.length === 0 ? "" : `[${kept.join(",")}]`;
}

function userOf(event: Loose): string {
  const user = objectOf(event["user"]) ?? {};
  const named = ["id", "email", "username", "ip_address"].map((key) => textOf(user[key], 500));
  return named.find((one) => one !== "" && one !== "{{auto}}") ?? "";
}

function putRequest(list: AttributeList, event: Loose): void {
  const request = objectOf(event["request"]) ?? {};
  list.add("http.request.method", textOf(request["method"], 50));
  list.add("url.full", textOf(request["url"], 8_000));
  const headers = objectOf(request["headers"]) ?? {};
  const agent = Object.keys(headers).find((key) => key.toLowerCase() === "user-agent");
  if (agent !== undefined) list.add("user_agent.original", textOf(headers[agent], 2_000));
}

function putContexts(list: AttributeList, event: Loose): void {
  const contexts = objectOf(event["contexts"]) ?? {};
  const of = (name: string): Loose => objectOf(contexts[name]) ?? {};
  list.add("process.runtime.name", textOf(of("runtime")["name"]));
  list.add("process.runtime.version", textOf(of("runtime")["version"]));
  list.add("os.name", textOf(of("os")["name"]));
  list.add("os.version", textOf(of("os")["version"]).trim());
  list.add("browser.name", textOf(of("browser")["name"]));
  list.add("browser.version", textOf(of("browser")["version"]));
  list.add("device.model.name", textOf(of("device")["model"]));
  list.addAll(of("response"), "http.response.");
}

function attributesOf(event: Loose, tally: Tally, chain: readonly Loose[]): AttributeList {
  const list = new AttributeList();
  list.add("sentry.event_id", textOf(event["event_id"], 64));
  list.add("sentry.level", textOf(event["level"], 50));
  list.add("sentry.logger", textOf(event["logger"], 500));
  list.add("sentry.dist", textOf(event["dist"], 200));
  list.add("http.route", textOf(event["transaction"], 1_000));
  const main = objectOf(chain.at(-1)?.["mechanism"]) ?? {};
  list.add("sentry.mechanism", textOf(main["type"], 200));
  putRequest(list, event);
  putContexts(list, event);
  list.addAll(tagsOf(event["tags"]));
  const { email, username } = objectOf(event["user"]) ?? {};
  list.add("user.email", textOf(email, 500));
  list.add("user.name", textOf(username, 500));
  list.addAll(event["extra"], "extra.");
  if (list.leftOut > 0) {
    tally.note("errors", "attributes", `${list.leftOut} attributes past the limit`, event);
  }
  return list;
}

/** The text of an event that is no exception. */
function messageOf(event: Loose): string {
  const entry = objectOf(event["logentry"]) ?? objectOf(event["message"]) ?? {};
  const said = textOf(entry["formatted"]) || textOf(entry["message"]);
  return said || textOf(event["message"]);
}

function putError(event: Loose, tally: Tally, origin: Origin, timeNs: bigint): void {
  const chain = chainOf(event);
  const main = chain.at(-1) ?? {};
  const type = textOf(main["type"], 1_000) || "Message";
  const message = (textOf(main["value"], 8_192) || messageOf(event)).slice(0, 8_192);
  const stack = stackText(chain, textOf(event["platform"], 50)).slice(0, stackCharsMax);
  const wanted = listOf(event["fingerprint"]).map((part) => textOf(part, 500));
  const service = serviceOf(origin);
  const trace = objectOf(objectOf(event["contexts"])?.["trace"]) ?? {};
  const mechanisms = chain.map((one) => objectOf(one["mechanism"])?.["handled"]);
  tally.error({
    origin,
    timeNs,
    type,
    message,
    stack,
    fingerprint: fingerprintOf({
      service,
      type,
      message,
      stack,
      ...(wanted.length === 0 ? {} : { wanted: wanted.slice(0, 20) }),
    }).id,
    source: "sentry",
    handled: !mechanisms.includes(false) && event["level"] !== "fatal",
    release: textOf(event["release"], 500),
    user: userOf(event),
    traceId: idOf(trace["trace_id"], 16),
    spanId: idOf(trace["span_id"], 8),
    attributes: attributesOf(event, tally, chain).attributes,
    breadcrumbs: crumbsOf(event),
  });
}

/**
 * Takes an event: an exception becomes an error; a message becomes a log record, and an error too
 * where its level is one.
 */
export function takeEvent(event: Loose, header: Loose, sender: Sender, tally: Tally): void {
  const origin = originOf(event, header, sender);
  const timeNs = instantNs(event["timestamp"]) ?? tally.nowNs;
  // SDKs give a message a stack by an exception without a type.
  const isException = chainOf(event).some((one) => textOf(one["type"]) !== "");
  const body = messageOf(event);
  if (!isException && body === "") {
    tally.reject("errors", "empty", "an event has neither an exception nor a message", event);
    return;
  }
  const [severity, severityText] = levelOf(event["level"], isException ? 17 : 9);
  if (isException || severity >= 17) putError(event, tally, origin, timeNs);
  if (isException) return;
  const trace = objectOf(objectOf(event["contexts"])?.["trace"]) ?? {};
  tally.log({
    origin,
    timeNs,
    observedNs: tally.nowNs,
    severity,
    severityText,
    body,
    eventName: "",
    traceId: idOf(trace["trace_id"], 16),
    spanId: idOf(trace["span_id"], 8),
    attributes: attributesOf(event, tally, []).attributes,
  });
}
