import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock.ts";
import type { Store } from "../../core/store.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { blob } from "../../state/blob/index.ts";
import type { BlobReader, BlobWriter } from "../../state/blob/index.ts";
import { driver as filesystem } from "../../state/blob/drivers/filesystem.ts";
import { openBlobs } from "../../state/blob/runtime.ts";
import { testHost } from "../../testing/host.ts";
import type { WorkflowEngine } from "../engine/engine.ts";
import type { Program } from "../engine/program.ts";
import { onBoth, open, sqlitePlace } from "../engine/rig.contract.ts";
import { branch, definitionOf, simulateMachine, stateMachine } from "./index.ts";
import type { AnyStateMachine } from "./index.ts";

const incoming = blob("incoming");
const sums = blob("sums");
type Both = BlobReader & BlobWriter;

const closes: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

/** Blobs on the filesystem, as a machine holds them. */
async function held(): Promise<{ readonly incoming: Both; readonly sums: Both }> {
  const dataFolder = mkdtempSync(join(tmpdir(), "morning-objects-"));
  const store = openInline({ clock: systemClock });
  const host = testHost({ app: "shop", store, dataFolder });
  const driver = await filesystem.open(host, {});
  const runtime = await openBlobs(host, driver, [incoming, sums]);
  closes.push(
    async () => rmSync(dataFolder, { recursive: true, force: true }),
    () => store.close(),
    () => host.close(),
    () => driver.close(),
    () => runtime.close(),
  );
  const of = (set: typeof incoming): Both =>
    runtime.hold(set.readWriter(), { service: "orders" }) as Both;
  return { incoming: of(incoming), sums: of(sums) };
}

async function opened(store: Store, machine: AnyStateMachine, things: object, limit = {}) {
  const program: Program = {
    name: machine.name,
    version: "1",
    held: things,
    run: (context, input) => machine.run(context, input),
  };
  const engine: WorkflowEngine = await open(store, [program], limit);
  closes.push(() => engine.close());
  return engine;
}

/** Adds up the amounts of rows, two rows an execution. */
function totals(gate: () => Promise<unknown> = () => Promise.resolve()): AnyStateMachine {
  return stateMachine("totals", {
    uses: { incoming: incoming.reader(), sums: sums.writer() },
    tasks: {
      sum: async (_held, rows: { n: string }[]) => {
        await gate();
        return rows.reduce((sum, { n }) => sum + Number(n), 0);
      },
    },
  }).states({
    Each: {
      type: "map",
      each: branch({
        states: { Sum: { type: "task", task: "sum", arguments: "{% $states.input.Items %}" } },
      }),
      concurrency: 1,
      distributed: {
        reader: {
          blob: "incoming",
          key: "rows.csv",
          config: { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" },
        },
        batch: { itemsMax: 2 },
        writer: { blob: "sums", prefix: "today" },
      },
      output: "{% $states.result.ResultWriterDetails %}",
    },
  });
}

async function outputs(blobs: BlobReader, key: string): Promise<string[]> {
  const manifest = JSON.parse((await (await blobs.get(key))?.text()) ?? "{}") as {
    ResultFiles: { SUCCEEDED: { Key: string }[] };
  };
  const [file] = manifest.ResultFiles.SUCCEEDED;
  const found = await (await blobs.get(file?.Key ?? ""))?.text();
  return (JSON.parse(found ?? "[]") as { Output: string }[]).map(({ Output }) => Output);
}

onBoth("distributed maps over held blobs", (place) => {
  it("read and write them, and go on with what they read whatever became of it", async () => {
    const things = await held();
    const store = await place()();
    closes.push(() => store.close());
    await things.incoming.put("rows.csv", "id,n\na,1\nb,2\nc,3\nd,4\ne,5\n");
    let calls = 0;
    let reach = (): void => {};
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const stuck = totals(() =>
      ++calls < 2 ? Promise.resolve() : (reach(), new Promise(() => {})),
    );
    const first = await opened(store, stuck, things);
    const id = await first.run("totals", {});
    await reached;
    await first.close();
    await things.incoming.put("rows.csv", "id,n\nz,1000\n");
    const second = await opened(store, totals(), things);
    const { Bucket, Key } = (await second.result(id)) as { Bucket: string; Key: string };
    expect(Bucket).toBe("sums");
    expect(Key).toMatch(/^today\/.+\/manifest\.json$/);
    expect((await outputs(things.sums, Key)).sort()).toEqual(["3", "5", "7"]);
  });
});

describe("objects of machines", () => {
  it("are listed by a prefix, over as many pages as there are", async () => {
    const things = await held();
    const names = Array.from(
      { length: 1203 },
      (_, index) => `in/${String(index).padStart(4, "0")}`,
    );
    for (const name of [...names, "other"]) await things.incoming.put(name, name);
    const listing = stateMachine("listing", { uses: { incoming: incoming.reader() } }).states({
      Each: {
        type: "map",
        each: branch({ states: { Key: { type: "pass", output: "{% $states.input.Key %}" } } }),
        distributed: { express: true, reader: { blob: "incoming", prefix: "in/" } },
        output: "{% [$count($states.result), $states.result[-1]] %}",
      },
    });
    const { output } = await simulateMachine(listing, {}, things);
    expect(JSON.parse(output ?? "")).toEqual([1203, names.at(-1)]);
    const store = await sqlitePlace()();
    closes.push(() => store.close());
    const engine = await opened(store, listing, things);
    expect(await engine.result(await engine.run("listing", {}))).toEqual([1203, names.at(-1)]);
  });

  it("that cannot be had fail the map by its own error, at once", async () => {
    const things = await held();
    await things.incoming.put("noise", randomBytes(14 * 1_048_576));
    const reads = (bucket: string, key: string): AnyStateMachine =>
      stateMachine("reads", { uses: { incoming: incoming.reader() } }).states({
        Each: {
          type: "map",
          each: branch({ states: { One: { type: "pass" } } }),
          distributed: {
            reader: {
              resource: "arn:aws:states:::s3:getObject",
              arguments: { Bucket: bucket, Key: key },
              config: { InputType: "JSON" },
            },
          },
          catch: [{ on: ["States.ItemReaderFailed"], next: "Said" }],
        },
        Said: { type: "pass", output: "{% $states.input.Cause %}" },
      });
    const said = async (bucket: string, key: string): Promise<unknown> => {
      const store = await sqlitePlace()();
      closes.push(() => store.close());
      const engine = await opened(store, reads(bucket, key), things);
      return engine.result(await engine.run("reads", {}));
    };
    expect(await said("elsewhere", "a")).toBe(
      'The state machine reads holds no blobs "elsewhere" to read: give its uses their reader().',
    );
    expect(await said("incoming", "a")).toContain("it does not exist");
    expect(await said("incoming", "noise")).toContain("more than the journal keeps of one read");
  });

  it("are named by what is held, and compile to the bucket of the environment", () => {
    const places = {
      queueUrl: (name: string) => name,
      bucket: (blobs: string) => `shop-production-${blobs}`,
      eventBus: "bus",
      eventSource: "shop.orders",
    };
    const { Each } = definitionOf(totals(), places)["States"] as Record<string, object>;
    expect(Each).toMatchObject({
      ItemReader: {
        Resource: "arn:aws:states:::s3:getObject",
        Arguments: { Bucket: "shop-production-incoming", Key: "rows.csv" },
      },
      ResultWriter: {
        Resource: "arn:aws:states:::s3:putObject",
        Arguments: { Bucket: "shop-production-sums", Prefix: "today" },
      },
    });
    expect(() =>
      stateMachine("wrong", { uses: { sums: sums.writer() } }).states({
        Each: {
          type: "map",
          each: branch({ states: { One: { type: "pass" } } }),
          distributed: { reader: { blob: "sums", key: "a" } },
        },
      }),
    ).toThrow(/reader\.blob names "sums", which uses has no read for; there is none/);
  });
});
