import type { Json } from "../../../core/json.ts";
import { fill } from "../dataflow.ts";
import type { Child, Frame } from "../run.ts";
import { own, shownText, textOf } from "../values.ts";
import type { JsonObject } from "../values.ts";

/** What a Map hands on after its results were written, or why they were not. */
export type Written = { readonly output: Json } | { readonly failed: string };

interface Target {
  readonly bucket: string;
  readonly folder: string;
  readonly put: (key: string, text: string) => Promise<void>;
}

function record(child: Child, input: Json, arn: string): JsonObject {
  return {
    ExecutionArn: arn.replace(":mapRun:", ":execution:").replace(/:[^:]*$/, `:${child.name}`),
    Input: textOf(input),
    InputDetails: { Included: true },
    Name: child.name,
    Status: child.status,
    ...(child.output === undefined
      ? {}
      : { Output: textOf(child.output), OutputDetails: { Included: true } }),
    ...(child.error === undefined ? {} : { Error: child.error }),
    ...(child.cause === undefined ? {} : { Cause: child.cause }),
  };
}

/** Results as WriterConfig wants them: records, the outputs alone, or all outputs in a row. */
function shaped(transformation: Json | undefined, child: Child, whole: JsonObject): Json[] {
  if (transformation !== "COMPACT" && transformation !== "FLATTEN") return [whole];
  const output = child.output === undefined ? whole : child.output;
  if (transformation !== "FLATTEN" || !Array.isArray(output)) return [output];
  return output as Json[];
}

async function writeAll(
  target: Target,
  config: Json | undefined,
  arn: string,
  records: ReadonlyMap<string, readonly Json[]>,
): Promise<void> {
  const isLines = own(config, "OutputType") === "JSONL";
  const ending = isLines ? "jsonl" : "json";
  const files: Record<string, Json[]> = { FAILED: [], PENDING: [], SUCCEEDED: [] };
  for (const [status, list] of records) {
    if (list.length === 0) continue;
    const text = isLines ? list.map(textOf).join("\n") : textOf(list);
    const key = `${target.folder}/${status}_0.${ending}`;
    await target.put(key, text);
    files[status] = [{ Key: key, Size: Buffer.byteLength(text) }];
  }
  const manifest = { DestinationBucket: target.bucket, MapRunArn: arn, ResultFiles: files };
  await target.put(`${target.folder}/manifest.json`, textOf(manifest));
}

function recordsOf(
  children: readonly Child[],
  inputs: readonly Json[],
  arn: string,
  transformation: Json | undefined,
): Map<string, Json[]> {
  const records = new Map<string, Json[]>([
    ["SUCCEEDED", []],
    ["FAILED", []],
  ]);
  children.forEach((child, index) => {
    const whole = record(child, inputs[index] ?? null, arn);
    const status = child.status === "SUCCEEDED" ? "SUCCEEDED" : "FAILED";
    records.get(status)?.push(...shaped(transformation, child, whole));
  });
  return records;
}

/** Writes what a distributed Map's children gave to the host's objects. */
export async function writeResults(
  frame: Frame,
  writer: Json,
  arn: string,
  inputs: readonly Json[],
  children: readonly Child[],
  effective: Json,
): Promise<Written> {
  const { objects } = frame.run.host;
  const field = frame.language === "JSONata" ? "Arguments" : "Parameters";
  const where = own(writer, field);
  const config = own(writer, "WriterConfig");
  const records = recordsOf(children, inputs, arn, own(config, "Transformation"));
  if (where === undefined) {
    return { output: [...(records.get("SUCCEEDED") ?? []), ...(records.get("FAILED") ?? [])] };
  }
  if (objects === undefined) return { failed: "There is no object store to write results to." };
  const filled = await fill(frame, where, `ResultWriter/${field}`, { input: effective });
  const [bucket, prefix] = ["Bucket", "Prefix"].map((name) => shownText(own(filled, name)));
  const folder = [prefix, arn.slice(arn.lastIndexOf(":") + 1)]
    .filter((one) => one !== "")
    .join("/");
  const put = (key: string, text: string): Promise<void> =>
    objects.put(bucket ?? "", key, new TextEncoder().encode(text));
  try {
    await writeAll({ bucket: bucket ?? "", folder, put }, config, arn, records);
  } catch (error) {
    return { failed: `Writing the results failed: ${(error as Error).message}` };
  }
  const details = { Bucket: bucket ?? "", Key: `${folder}/manifest.json` };
  return { output: { MapRunArn: arn, ResultWriterDetails: details } };
}
