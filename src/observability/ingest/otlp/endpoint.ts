import type { MorningError } from "../../../core/errors.ts";
import { coreErrors } from "../../../core/errors.ts";
import { ingestErrors } from "../errors.ts";
import type { Answer, Arrived, Endpoint, Headers, RequestHead } from "../http/endpoint.ts";
import { mediaType } from "../http/endpoint.ts";
import type { Intake } from "../intake.ts";
import type { Sheet } from "../sheet.ts";
import { describeProblems } from "../taken.ts";
import type { Taken } from "../taken.ts";
import { protobufOfJson } from "./json.ts";
import { answerBytes, answerJson, statusBytes, statusJson, statusOf } from "./status.ts";
import type { ExportAnswer } from "./status.ts";
import { otlpTables } from "./wire.ts";
import type { OtlpDecoder, OtlpSignal } from "./wire.ts";

/** The default paths of OTLP/HTTP. */
export const otlpPaths: Readonly<Record<string, OtlpSignal>> = {
  "/v1/logs": "logs",
  "/v1/traces": "traces",
  "/v1/metrics": "metrics",
};

/** What a partial success calls the records that were left out. */
export const rejectedNames: Readonly<Record<OtlpSignal, string>> = {
  logs: "rejectedLogRecords",
  traces: "rejectedSpans",
  metrics: "rejectedDataPoints",
};

const protobufType = "application/x-protobuf";
const jsonType = "application/json";

const encoder = new TextEncoder();

/** What the endpoint is made of. */
export interface OtlpEndpointOptions {
  readonly intake: Intake;
  readonly decoder: OtlpDecoder;
  /** Signals by path; {@link otlpPaths} where nothing else is said. */
  readonly paths?: Readonly<Record<string, OtlpSignal>>;
}

/** The encoding of the answer: that of the request; JSON where it names none that is known. */
function encodingOf(headers: Headers): typeof protobufType | typeof jsonType {
  return mediaType(headers) === protobufType ? protobufType : jsonType;
}

/** Tells what became of an export, for both transports. */
export function exportAnswer(signal: OtlpSignal, taken: readonly Taken[]): ExportAnswer {
  const rejected = taken.reduce((sum, one) => sum + one.rejected, 0);
  const message = taken.map((one) => describeProblems(one)).join("; ");
  return { rejectedName: rejectedNames[signal], rejected, message };
}

/**
 * OTLP over HTTP: protobuf and JSON on the same paths, chosen by the content type, answered in the
 * same. Owns every path: what is not known gets the 404 that OTLP prescribes, so it comes last.
 * Source: opentelemetry-proto docs/specification.md, "OTLP/HTTP".
 */
export function otlpEndpoint({
  intake,
  decoder,
  paths = otlpPaths,
}: OtlpEndpointOptions): Endpoint {
  return {
    source: "otlp-http",
    owns: () => true,
    check: (head) => check(paths, head),
    async serve(arrived: Arrived) {
      const signal = paths[arrived.path] as OtlpSignal;
      const type = encodingOf(arrived.headers);
      const taken = await intake.take(arrived.grant, {
        source: "otlp-http",
        signal: otlpTables[signal],
        decode(sheet: Sheet, nowNs: bigint) {
          const { body } = arrived;
          const bytes = type === jsonType ? protobufOfJson(signal, body) : body;
          return decoder.decode(signal, bytes, sheet, nowNs);
        },
      });
      const answer = exportAnswer(signal, taken);
      const body = type === jsonType ? encoder.encode(answerJson(answer)) : answerBytes(answer);
      return { status: 200, headers: { "content-type": type }, body };
    },
    refuse: (error, head) => refuse(error, head),
  };
}

function check(paths: Readonly<Record<string, OtlpSignal>>, head: RequestHead): void {
  const { path, method, headers } = head;
  if (!Object.hasOwn(paths, path)) {
    const known = Object.keys(paths).join(", ");
    throw coreErrors.MOR_NOT_FOUND(`no telemetry is taken at ${path}; OTLP's paths are ${known}`);
  }
  if (method !== "POST") {
    throw ingestErrors.MOR_INGEST_METHOD(`${path} takes POST, not ${method}`, {
      details: { allow: "POST" },
    });
  }
  const type = mediaType(headers);
  if (type !== protobufType && type !== jsonType) {
    throw ingestErrors.MOR_INGEST_MEDIA_TYPE(
      `the content type ${type.slice(0, 100) || "(none)"} is not ${protobufType} or ${jsonType}`,
    );
  }
  const charset = /charset="?([^";\s]+)/i.exec(headers["content-type"] ?? "")?.[1];
  if (charset !== undefined && charset.toLowerCase() !== "utf-8") {
    throw ingestErrors.MOR_INGEST_MEDIA_TYPE(`OTLP is UTF-8, not ${charset.slice(0, 100)}`);
  }
}

function refuse(error: MorningError, { headers }: RequestHead): Answer {
  const type = encodingOf(headers);
  const status = statusOf(error);
  const body = type === jsonType ? encoder.encode(statusJson(status)) : statusBytes(status);
  return { status: error.status, headers: { "content-type": type }, body };
}
