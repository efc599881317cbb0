import { isUtf8 } from "node:buffer";
import { severityOf } from "../../logs/parsing/index.ts";
import type { AttributeValue, Origin } from "../../signals/records.ts";
import { AttributeList, idOf } from "../compat/json.ts";
import type { Tally } from "../compat/tally.ts";
import type { Frame } from "./frames.ts";
import { facilities, readMessage } from "./message.ts";
import type { SyslogMessage } from "./message.ts";

const severityNames = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/** Makes an origin for each host and application once. */
function originBook(): (message: SyslogMessage) => Origin {
  const known = new Map<string, Origin>();
  return ({ host, app }) => {
    const key = `${host} ${app}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const resource: Record<string, AttributeValue> = {};
    if (app !== "") resource["service.name"] = app;
    if (host !== "") resource["host.name"] = host;
    const made = { resource, scopeName: "", scopeVersion: "", scopeAttributes: {} };
    known.set(key, made);
    return made;
  };
}

function parameterOf(message: SyslogMessage, ...names: readonly string[]): string {
  return message.parameters.find(({ name }) => names.includes(name))?.value ?? "";
}

function attributesOf(message: SyslogMessage): AttributeList {
  const list = new AttributeList();
  const { facility, process, messageId } = message;
  list.add("syslog.facility", facility === undefined ? undefined : facilities[facility]);
  const isPid = /^\d{1,10}$/.test(process);
  list.add(isPid ? "process.pid" : "syslog.procid", isPid ? Number(process) : process);
  list.add("syslog.msgid", messageId);
  for (const { element, name, value } of message.parameters) {
    list.add(`syslog.${element}.${name}`, value);
  }
  return list;
}

/**
 * Puts the messages of a connection on the sheet. The names are those of the OpenTelemetry logs
 * data model, appendix A, "RFC5424 Syslog", where the semantic conventions have none.
 */
export function takeFrames(frames: readonly Frame[], tally: Tally): void {
  const originOf = originBook();
  frames.forEach(({ bytes, cut }, index) => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
    if (text.trim() === "") return;
    if (cut) tally.note("logs", "cut", `a message was cut at ${bytes.length} bytes`, text);
    else if (!isUtf8(bytes)) tally.note("logs", "utf8", "a message is not UTF-8", text);
    const message = readMessage(text, tally.nowNs);
    if (message.problem !== "") {
      tally.note("logs", "malformed", `a message's ${message.problem} is not syslog's`, text);
    }
    const { severity } = message;
    const list = attributesOf(message);
    if (list.leftOut > 0) tally.note("logs", "attributes", "too much structured data", text);
    // Messages of one millisecond keep their order.
    const arrivedNs = tally.nowNs + BigInt(index);
    tally.log({
      origin: originOf(message),
      timeNs: message.timeNs ?? arrivedNs,
      observedNs: arrivedNs,
      severity: severity === undefined ? 0 : (severityOf(severity) ?? 0),
      severityText: severity === undefined ? "" : (severityNames[severity] ?? ""),
      body: message.text.replace(/[\r\n]+$/, ""),
      eventName: "",
      traceId: idOf(parameterOf(message, "trace_id", "traceId", "trace.id"), 16),
      spanId: idOf(parameterOf(message, "span_id", "spanId", "span.id"), 8),
      attributes: list.attributes,
    });
  });
}
