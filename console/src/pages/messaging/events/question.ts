import { isRecord } from "../../../ui/form/schema.ts";
import type { InputOf } from "../../../api/client.ts";

/** What the bus is asked: a whole envelope, or a type and its data. */
export type Question = InputOf<"/events/explain", "post">["body"];

/** What stands in the way of asking. */
export type NoQuestion = "json" | "shape";

/**
 * Reads what somebody pasted: an envelope of EventBridge, a CloudEvent, or `{ type, data }`. The
 * syntax of JSON is judged before: what is none is `json`, other JSON is `shape`.
 */
export function questionOf(text: string): Question | NoQuestion {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "json";
  }
  if (!isRecord(value)) return "shape";
  if (typeof value["detail-type"] === "string") return { event: value };
  const { type, data, source, specversion } = value;
  if (typeof type !== "string") return "shape";
  if (typeof specversion === "string") {
    const detail = isRecord(data) ? data : {};
    return { event: { version: "0", "detail-type": type, source, detail, resources: [] } };
  }
  return { type, data: data ?? {} };
}
