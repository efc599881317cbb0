import { gunzipSync } from "node:zlib";
import type { AttributeValue, Origin } from "../../signals/records.ts";
import { ingestErrors } from "../errors.ts";
import type { Arrived, Endpoint } from "../http/endpoint.ts";
import type { Intake } from "../intake.ts";
import { listOf, numberOf, objectOf, parseJson, textOf, utf8Text } from "./json.ts";
import type { Loose } from "./json.ts";
import { levelInText } from "./level.ts";
import { foreignBytesMax, jsonAnswer, postEndpoint } from "./post.ts";
import type { Tally } from "./tally.ts";

const rds = /^\/aws\/rds\/(?:instance|cluster)\/([^/]{1,200})\/(\w{1,50})/;
const ecsStream = /^([^/]{1,200})\/([^/]{1,200})\/([0-9a-f-]{16,40})$/;
const lambda = /^\/aws\/lambda\/(.{1,200})$/;

/** Who wrote into a stream: the task of Fargate, the instance of RDS, the function. */
function originOf(data: Loose): Origin {
  const group = textOf(data["logGroup"], 512);
  const stream = textOf(data["logStream"], 512);
  const resource: Record<string, AttributeValue> = {
    "cloud.provider": "aws",
    "cloud.account.id": textOf(data["owner"], 50),
    "aws.log.group.names": group,
    "aws.log.stream.names": stream,
  };
  const [, database, engine] = rds.exec(group) ?? [];
  const [, called] = lambda.exec(group) ?? [];
  const [, prefix, container, task] = ecsStream.exec(stream) ?? [];
  if (database !== undefined) {
    resource["service.name"] = database;
    resource["db.system.name"] = engine ?? "";
    resource["service.instance.id"] = stream;
  } else if (called !== undefined) {
    resource["service.name"] = called;
    resource["faas.name"] = called;
  } else if (task !== undefined) {
    resource["service.name"] = prefix ?? "";
    resource["container.name"] = container ?? "";
    resource["aws.ecs.task.id"] = task;
    resource["service.instance.id"] = task;
  } else resource["service.name"] = group.slice(group.lastIndexOf("/") + 1) || "unknown_service";
  return { resource, scopeName: "", scopeVersion: "", scopeAttributes: {} };
}

function takeData(data: Loose, tally: Tally): void {
  // A control message only asks whether somebody is there.
  if (data["messageType"] === "CONTROL_MESSAGE") return;
  if (data["messageType"] !== "DATA_MESSAGE") {
    tally.reject("logs", "malformed", "neither a data nor a control message", data);
    return;
  }
  const origin = originOf(data);
  for (const one of listOf(data["logEvents"])) {
    const event = objectOf(one) ?? {};
    const timeMs = numberOf(event["timestamp"]);
    const { message } = event;
    if (typeof message !== "string" || timeMs === undefined || timeMs < 0 || timeMs > 9.2e12) {
      tally.reject("logs", "malformed", "a log event has no message or no time", one);
      continue;
    }
    const body = message.replace(/\r?\n$/, "");
    tally.log({
      origin,
      timeNs: BigInt(Math.round(timeMs)) * 1_000_000n,
      observedNs: tally.nowNs,
      severity: levelInText(body),
      severityText: "",
      body: body.slice(0, 1024 * 1024),
      eventName: "",
      traceId: "",
      spanId: "",
      attributes: { "aws.log.event.id": textOf(event["id"], 100) },
    });
  }
}

/** Inflates one payload; all of a request share one limit. */
function opened(text: string, left: number): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(1, left) });
  } catch (cause) {
    const isLarge = (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    if (isLarge) throw ingestErrors.MOR_INGEST_TOO_LARGE("the records inflate past the limit");
    throw ingestErrors.MOR_INGEST_MALFORMED("a record is not gzip", { cause });
  }
}

/** Payloads of Firehose's records, or of the one event that a function is given. */
function payloadsOf(body: Uint8Array): readonly string[] {
  const value = objectOf(parseJson(utf8Text(body), "the body")) ?? {};
  const single = objectOf(value["awslogs"])?.["data"];
  if (typeof single === "string") return [single];
  const records = value["records"] ?? value["Records"];
  if (!Array.isArray(records)) {
    throw ingestErrors.MOR_INGEST_MALFORMED("the body has neither records nor awslogs.data");
  }
  return records.map((one: unknown) => {
    const record = objectOf(one) ?? {};
    return textOf(record["data"] ?? objectOf(record["kinesis"])?.["data"], foreignBytesMax);
  });
}

const requestId = ({ headers }: Pick<Arrived, "headers">): string =>
  textOf(headers["x-amz-firehose-request-id"], 200);

/**
 * Subscriptions of CloudWatch Logs, by Firehose's HTTP endpoint, Kinesis or a function.
 * Source: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
 */
export function cloudwatchEndpoint(intake: Intake): Endpoint {
  const arrivedMs = new WeakMap<object, number>();
  return postEndpoint(intake, {
    source: "cloudwatch",
    signal: "logs",
    owns: (path) => path === "/compat/cloudwatch" || path === "/compat/cloudwatch/",
    decode(body, request, tally) {
      arrivedMs.set(request, Number(tally.nowNs / 1_000_000n));
      let left = foreignBytesMax;
      for (const payload of payloadsOf(body)) {
        const bytes = opened(payload, left);
        left -= bytes.length;
        request.grant.grow(bytes.length);
        // Firehose may join messages: each is an object on its own line or right behind the last.
        for (const part of utf8Text(bytes).split(/(?<=\})\s*(?=\{"messageType")/)) {
          takeData(objectOf(parseJson(part, "a record")) ?? {}, tally);
        }
      }
    },
    answer: (_taken, request) =>
      jsonAnswer(200, { requestId: requestId(request), timestamp: arrivedMs.get(request) ?? 0 }),
    refuse: (error, head) =>
      jsonAnswer(error.status, { requestId: requestId(head), errorMessage: error.message }),
  });
}
