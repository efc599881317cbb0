import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { makeIds, systemRandom } from "../../core/ids.ts";
import { makeLog } from "../../core/log.ts";
import { makeOpenSearch } from "../../engines/opensearch/client.ts";
import type { OpenSearch } from "../../engines/opensearch/client.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { everything } from "../signals/filter.ts";
import { describeTelemetryContract } from "./contract.ts";
import { pagesOf, worldOf } from "./contract/world.ts";
import type { StoreUnderTest } from "./contract/world.ts";
import { openEmbedded } from "./embedded/open.ts";
import { openOpenSearchEngine } from "./opensearch/engine.ts";
import { expireIndices } from "./opensearch/indices.ts";
import { openOpenSearchStore, openSearchFeatures } from "./opensearch/open.ts";
import type { OpenSearchStore } from "./opensearch/open.ts";
import { indexOf, indexPrefix } from "./opensearch/template.ts";
import { settingsOf } from "./settings.ts";

const url = process.env["MORNING_TEST_OPENSEARCH_URL"];
const present = url !== undefined;
const ids = makeIds(systemClock, systemRandom);
const keptDays = { logs: 30, spans: 14, errors: 90 };

const clientOf = (): OpenSearch => makeOpenSearch({ url: url ?? "http://127.0.0.1:1" });

async function wipe(client: OpenSearch, prefix: string): Promise<void> {
  const { body } = await client.call({ method: "GET", path: `/${prefix}-*/_stats/docs` });
  const { indices } = body as { readonly indices: Readonly<Record<string, unknown>> };
  for (const index of Object.keys(indices)) await client.deleteIndex(index);
  for (const signal of ["logs", "spans", "errors"]) {
    const path = `/_index_template/${prefix}-${signal}`;
    await client.call({ method: "DELETE", path, accept: [404] });
  }
}

interface Opened {
  readonly client: OpenSearch;
  readonly app: string;
  readonly prefix: string;
  readonly store: OpenSearchStore;
  readonly close: () => Promise<void>;
}

async function open(client: OpenSearch = clientOf()): Promise<Opened> {
  const app = `contract-${ids.hex(6)}`;
  const prefix = indexPrefix(app, "test");
  const store = await openOpenSearchStore({
    client,
    app,
    environment: "test",
    clock: systemClock,
    ids,
    log: makeLog(() => {}),
    keptDays,
    replicas: 0,
  });
  const close = async (): Promise<void> => {
    await store.close();
    await wipe(clientOf(), prefix);
  };
  return { client, app, prefix, store, close };
}

async function openInFolder(): Promise<StoreUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), "morning-telemetry-"));
  const store = openInline({ clock: systemClock });
  const embedded = await openEmbedded({
    setup: {
      engine: "embedded",
      app: "contract",
      environment: "test",
      folder,
      hostname: "127.0.0.1",
      ports: {},
      options: {},
    },
    settings: settingsOf({ sealSeconds: 1, queryMemoryMb: 256 }),
    store,
    blobs: undefined,
    clock: systemClock,
    ids,
    log: makeLog(() => {}),
  });
  return {
    store: embedded,
    features: { points: true, sql: true, edges: true },
    async close() {
      await embedded.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describeTelemetryContract({
  name: "embedded telemetry as its driver opens it",
  present: true,
  open: openInFolder,
});

describeTelemetryContract({
  name: "telemetry on OpenSearch [needs MORNING_TEST_OPENSEARCH_URL]",
  present,
  async open() {
    const { store, close } = await open();
    return { store, features: openSearchFeatures, close };
  },
});

/** A client whose bulk requests answer something else first. */
function failingFirst(failures: number, status: number): OpenSearch & { sent: string[][] } {
  const client = clientOf();
  const sent: string[][] = [];
  return {
    ...client,
    sent,
    async bulk(actions, signal) {
      sent.push(actions.map(({ id }) => id ?? ""));
      // Every other record is stored; the rest meets a full queue.
      if (sent.length > failures) return client.bulk(actions, signal);
      const stored = actions.filter((_, at) => at % 2 === 0);
      const items = await client.bulk(stored, signal);
      return actions.map((action, at) =>
        at % 2 === 0
          ? (items[at / 2] ?? { status: 500, id: "", reason: "" })
          : { status, id: action.id ?? "", reason: "es_rejected_execution_exception" },
      );
    },
  };
}

describe.skipIf(!present)("OpenSearch's own ways [needs MORNING_TEST_OPENSEARCH_URL]", () => {
  const opened: Opened[] = [];
  const opening = async (client?: OpenSearch): Promise<Opened> => {
    const one = await open(client);
    opened.push(one);
    return one;
  };
  afterAll(async () => {
    for (const one of opened) await one.close();
  });
  const now = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
  const worldOn = ({ store, close }: Opened): ReturnType<typeof worldOf> =>
    worldOf({ store, features: openSearchFeatures, close }, now, 1);
  const query = { filter: everything, limit: 100 };

  it("sends again what the cluster had no room for, and stores each record once", async () => {
    const client = failingFirst(2, 429);
    const world = worldOn(await opening(client));
    const logs = Array.from({ length: 8 }, (_, at) => world.log({ timeNs: world.at(at) }));
    await world.write({ logs });
    expect(client.sent.map((ids_) => ids_.length)).toEqual([8, 4, 2]);
    const { records } = await world.store.searchLogs({ ...world.range, ...query });
    expect(records).toHaveLength(8);
  });

  it("says that it is busy when room does not come, and when to send again", async () => {
    const world = worldOn(await opening(failingFirst(100, 429)));
    const logs = Array.from({ length: 400 }, (_, at) => world.log({ timeNs: world.at(at) }));
    await expect(world.write({ logs })).rejects.toMatchObject({
      code: "MOR_TELEMETRY_BUSY",
      details: { retryAfterMs: 2000 },
    });
  });

  it("tells of the records that the cluster refuses, and stores the others", async () => {
    const one = await opening(failingFirst(1, 400));
    const heard: unknown[] = [];
    one.store.refused((signal, reason, count) => heard.push([signal, reason, count]));
    const world = worldOn(one);
    await world.write({ logs: [world.log({}), world.log({})], points: [world.point({})] });
    expect(heard).toEqual([
      ["points", "unsupported", 1],
      ["logs", "refused", 1],
    ]);
    const { records } = await world.store.searchLogs({ ...world.range, ...query });
    expect(records).toHaveLength(1);
  });

  it("finds words in the middle of a body that is longer than a term may be", async () => {
    const world = worldOn(await opening());
    const filler = "長".repeat(30_000);
    const logs = [`${filler} Needle 針 ${filler}`, filler].map((body) => world.log({ body }));
    await world.write({ logs });
    const found = async (text: string): Promise<number> => {
      const filter = { op: "text", text } as const;
      return (await world.store.searchLogs({ ...world.range, filter, limit: 10 })).records.length;
    };
    expect(await found("needle 針")).toBe(1);
    expect(await found("針 長長")).toBe(1);
    expect(await found("長長")).toBe(2);
    expect(await found(`needle 針 ${"長".repeat(600)}`)).toBe(1);
    expect(await found("針針")).toBe(0);
  });

  it("looks at lines one by one only where an expression's own words are", async () => {
    const world = worldOn(await opening());
    const logs = Array.from({ length: 3000 }, (_, at) =>
      world.log({ timeNs: world.at(at), body: `order ${at} of customer ${at % 100}` }),
    );
    await world.write({ logs });
    const filter = { op: "regex", field: "body", pattern: "customer 4[24]$" } as const;
    const pages = await pagesOf((asked) => world.store.searchLogs(asked), {
      ...world.range,
      filter,
      limit: 25,
    });
    expect(pages.map(({ records }) => records.length)).toEqual([25, 25, 10]);
    const counted = await world.store.aggregate({
      ...world.range,
      signal: "logs",
      filter: { op: "not", of: filter },
      by: [],
      measures: [{ as: "n", fn: "count" }],
      limit: 1,
    });
    expect(counted.rows.map(({ values }) => values["n"])).toEqual([2940]);
  });

  it("maps no field for an attribute, however many there are", async () => {
    const { client, prefix, ...rest } = await opening();
    const world = worldOn({ client, prefix, ...rest });
    const fieldsOf = async (): Promise<string[]> => {
      const path = `/${indexOf(prefix, "logs", systemClock.now())}/_mapping`;
      const { body } = await client.call({ method: "GET", path });
      const [index] = Object.values(body as object) as {
        readonly mappings: { readonly properties: object };
      }[];
      return Object.keys(index?.mappings.properties ?? {}).toSorted();
    };
    await world.write({ logs: [world.log({})] });
    const before = await fieldsOf();
    const logs = Array.from({ length: 2000 }, (_, at) =>
      world.log({ timeNs: world.at(at), attributes: { [`key.${at}`]: at, "order.id": `o-${at}` } }),
    );
    await world.write({ logs });
    expect(await fieldsOf()).toEqual(before);
    const filter = { op: "gte", field: "key.1234", value: 1234 } as const;
    const page = await world.store.searchLogs({ ...world.range, filter, limit: 10 });
    expect(page.records.map(({ record }) => record.timeNs)).toEqual([world.at(1234)]);
  });

  it("drops whole days when they are over, and leaves the rest", async () => {
    const { client, prefix, store } = await opening();
    const world = worldOn({ client, prefix, store, app: "", close: async () => {} });
    await world.write({ logs: [world.log({})], spans: [world.span({})] });
    const dayMs = 86_400_000;
    const day = Math.floor(systemClock.now() / dayMs) * dayMs;
    const at = (nowMs: number) => expireIndices(client, prefix, { days: keptDays, nowMs });
    expect(await at(day + 15 * dayMs - 1)).toEqual([]);
    expect(await at(day + 15 * dayMs)).toEqual([indexOf(prefix, "spans", day)]);
    const figures = await store.figures();
    expect(figures.records).toEqual({ logs: 1 });
    expect(figures.unsealedBytes).toBe(0);
  });

  it("opens by the options of its driver, which are checked", async () => {
    const app = `contract-${ids.hex(6)}`;
    const opens = (options: Readonly<Record<string, unknown>>): Promise<OpenSearchStore> =>
      openOpenSearchEngine({
        setup: { app, environment: "test", options },
        clock: systemClock,
        ids,
        log: makeLog(() => {}),
      });
    await expect(opens({ url: "nowhere" })).rejects.toMatchObject({ code: "MOR_CONFIG" });
    await expect(opens({ url, wrong: 1 })).rejects.toMatchObject({ code: "MOR_CONFIG" });
    await expect(opens({ url: "http://127.0.0.1:1" })).rejects.toMatchObject({
      code: "MOR_ENGINE_UNAVAILABLE",
    });
    const store = await opens({ url, replicas: 0, retentionDays: { logs: 3 } });
    expect((await store.figures()).records).toEqual({});
    await store.close();
    await wipe(clientOf(), indexPrefix(app, "test"));
  });
});
