import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../core/json.ts";
import { folderObjects } from "./folder-objects.ts";
import type { ObjectStore } from "./host.ts";
import { detail, machine, ran, task } from "./testing.contract.ts";
import type { Ran } from "./testing.contract.ts";
import type { JsonObject } from "./values.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const folder = mkdtempSync(join(tmpdir(), "morning-asl-"));
const objects: ObjectStore = folderObjects(folder);
beforeAll(async () => {
  await objects.put("data", "list.json", bytes('{"rows":{"all":[1,2,3]}}'));
  await objects.put("data", "lines.jsonl", bytes('{"a":1}\n{"a":2}\n\n'));
  await objects.put("data", "table.csv", bytes('id,"full name"\r\n1,"Ann ""A"", x"\r\n2,Bob\r\n'));
  await objects.put("data", "bare.csv", bytes("1|x\n2|y\n"));
  await objects.put("data", "part.csv.gz", gzipSync('"data","k1"\n"data","k2"\n'));
  const inventory = { fileSchema: "Bucket, Key", files: [{ key: "part.csv.gz" }] };
  await objects.put("data", "manifest.json", bytes(JSON.stringify(inventory)));
  await objects.put(
    "data",
    "athena.csv",
    bytes('"s3://data/lines.jsonl"\ns3://data/lines.jsonl\n'),
  );
  await objects.put("data", "many/b", bytes("22"));
  await objects.put("data", "many/a", bytes("1"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const pass: JsonObject = { Type: "Pass", End: true };
const map = (more: JsonObject, processor: JsonObject = machine({ B: pass })): JsonObject =>
  machine({
    M: {
      Type: "Map",
      ItemProcessor: { ...processor, ProcessorConfig: { Mode: "DISTRIBUTED" } },
      End: true,
      ...more,
    },
  });
const reader = (key: string, config: JsonObject): JsonObject => ({
  Resource: "arn:aws:states:::s3:getObject",
  ReaderConfig: config,
  Parameters: { Bucket: "data", Key: key },
});
const read = (key: string, config: JsonObject, input: Json = {}): Promise<Ran> =>
  ran(map({ ItemReader: reader(key, config) }), input, {}, { objects });

describe("what a distributed Map reads", () => {
  it.each<[string, JsonObject, Json]>([
    ["list.json", { InputType: "JSON", ItemsPointer: "/rows/all" }, [1, 2, 3]],
    ["list.json", { InputType: "JSON", ItemsPointer: "/rows/all", MaxItems: 2 }, [1, 2]],
    ["lines.jsonl", { InputType: "JSONL" }, [{ a: 1 }, { a: 2 }]],
    [
      "table.csv",
      { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" },
      [
        { id: "1", "full name": 'Ann "A", x' },
        { id: "2", "full name": "Bob" },
      ],
    ],
    [
      "bare.csv",
      {
        InputType: "CSV",
        CSVHeaderLocation: "GIVEN",
        CSVHeaders: ["n", "c"],
        CSVDelimiter: "PIPE",
      },
      [
        { n: "1", c: "x" },
        { n: "2", c: "y" },
      ],
    ],
    [
      "manifest.json",
      { InputType: "MANIFEST" },
      [
        { Bucket: "data", Key: "k1" },
        { Bucket: "data", Key: "k2" },
      ],
    ],
    [
      "athena.csv",
      { ManifestType: "ATHENA_DATA", InputType: "JSONL" },
      [{ a: 1 }, { a: 2 }, { a: 1 }, { a: 2 }],
    ],
  ])("%s %j", async (key, config, expected) => {
    const run = await read(key, config);
    expect(run.output).toEqual(expected);
    expect(run.types.slice(1, 6)).toEqual([
      "MapStateEntered",
      "MapStateStarted",
      "MapRunStarted",
      "MapRunSucceeded",
      "MapStateSucceeded",
    ]);
  });

  it("the keys of a prefix, and a bound out of the input", async () => {
    const listed: JsonObject = {
      Resource: "arn:aws:states:::s3:listObjectsV2",
      Parameters: { Bucket: "data", "Prefix.$": "$.prefix" },
      ReaderConfig: { MaxItemsPath: "$.most" },
    };
    const run = await ran(
      map({ ItemReader: listed }),
      { prefix: "many/", most: 5 },
      {},
      { objects },
    );
    expect(run.output).toMatchObject([
      { Key: "many/a", Size: 1 },
      { Key: "many/b", Size: 2 },
    ]);
  });

  it.each<[string, JsonObject]>([
    ["nothing.json", { InputType: "JSON" }],
    ["list.json", { InputType: "JSON" }],
    ["table.csv", { InputType: "JSONL" }],
    ["list.json", { InputType: "PARQUET" }],
  ])("fails by name on %s as %j", async (key, config) => {
    const run = await read(key, config);
    expect(run.error).toBe("States.ItemReaderFailed");
    expect(run.types.slice(-3)).toEqual(["MapRunFailed", "MapStateFailed", "ExecutionFailed"]);
  });

  it("reaches nothing outside its folder", async () => {
    await expect(read("../../etc/passwd", { InputType: "JSON" })).rejects.toMatchObject({
      code: "MOR_ASL_INPUT_INVALID",
    });
  });
});

describe("what a distributed Map does", () => {
  it("hands out batches by count and bytes, with what all of them get", async () => {
    const items = Array.from({ length: 7 }, (_, index) => index);
    const batcher = { MaxItemsPerBatchPath: "$.per", BatchInput: { "all.$": "$.per" } };
    const run = await ran(map({ ItemsPath: "$.items", ItemBatcher: batcher }), { items, per: 3 });
    expect(run.output).toEqual([
      { BatchInput: { all: 3 }, Items: [0, 1, 2] },
      { BatchInput: { all: 3 }, Items: [3, 4, 5] },
      { BatchInput: { all: 3 }, Items: [6] },
    ]);
    const small = map({ ItemBatcher: { MaxInputBytesPerBatch: 20 } });
    expect((await ran(small, ["aaaa", "bbbb"])).output).toEqual([
      { Items: ["aaaa"] },
      { Items: ["bbbb"] },
    ]);
  });

  const picky = task("f");
  const handlers = {
    f: (input: Json): Json => {
      if (input === "bad") throw new Error("refused");
      return input;
    },
  };

  it.each<[JsonObject, readonly string[], string]>([
    [{}, ["ok", "bad"], "FAILED"],
    [{ ToleratedFailureCount: 1 }, ["ok", "bad", "ok"], "SUCCEEDED"],
    [{ ToleratedFailureCount: 1 }, ["bad", "bad", "ok"], "FAILED"],
    [{ ToleratedFailurePercentage: 50 }, ["bad", "ok"], "SUCCEEDED"],
    [{ ToleratedFailurePercentage: 40 }, ["bad", "ok"], "FAILED"],
    [{ ToleratedFailureCount: 5, ToleratedFailurePercentage: 10 }, ["bad", "ok"], "FAILED"],
  ])("bears failures as far as %j says: %j", async (more, items, status) => {
    const run = await ran(map(more, machine({ A: picky })), items, handlers);
    expect(run.status).toBe(status);
    if (status === "FAILED") {
      expect(run.error).toBe("States.ExceedToleratedFailureThreshold");
      expect(detail(run, "MapRunFailed", "error")).toBe(run.error);
    } else expect(run.output).toEqual(items.filter((item) => item === "ok"));
  });

  it("hides outer variables from its children", async () => {
    const definition = machine({
      A: { Type: "Pass", Assign: { x: 1 }, Next: "M" },
      M: (
        map({}, machine({ B: { ...pass, Parameters: { "x.$": "$x" } } }))["States"] as JsonObject
      )["M"] as JsonObject,
    });
    expect((await ran(definition, [1])).error).toBe("States.ExceedToleratedFailureThreshold");
  });

  it("writes its results, and hands on where they are", async () => {
    const writer = {
      Resource: "arn:aws:states:::s3:putObject",
      Parameters: { Bucket: "out", Prefix: "runs" },
    };
    const more = { ResultWriter: writer, ToleratedFailureCount: 1 };
    const run = await ran(map(more, machine({ A: picky })), ["ok", "bad"], handlers, { objects });
    const { ResultWriterDetails: where } = run.output as {
      ResultWriterDetails: { Bucket: string; Key: string };
    };
    expect(where.Key).toMatch(/^runs\/[\w-]+\/manifest\.json$/);
    const text = async (key: string): Promise<Json> =>
      JSON.parse(new TextDecoder().decode(await objects.get("out", key))) as Json;
    const manifest = (await text(where.Key)) as {
      ResultFiles: Record<"SUCCEEDED" | "FAILED", [{ Key: string }]>;
    };
    expect(await text(manifest.ResultFiles.SUCCEEDED[0].Key)).toMatchObject([
      { Input: '"ok"', Output: '"ok"', Status: "SUCCEEDED" },
    ]);
    expect(await text(manifest.ResultFiles.FAILED[0].Key)).toMatchObject([
      { Input: '"bad"', Error: "Error", Status: "FAILED" },
    ]);
  });

  it("runs as many children at once as MaxConcurrency says", async () => {
    let [running, most] = [0, 0];
    const definition = map({ MaxConcurrency: 3 }, machine({ A: task("w") }));
    const run = await ran(
      definition,
      Array.from({ length: 10 }, (_, index) => index),
      {
        w: async (input, context) => {
          most = Math.max(most, ++running);
          await context.sleep(1_000);
          running--;
          return input;
        },
      },
    );
    expect([most, run.at("ExecutionSucceeded")]).toEqual([3, 4_000]);
    expect(run.output).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
