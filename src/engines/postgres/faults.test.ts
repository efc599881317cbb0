import { createServer, connect as connectTcp } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { openPostgres } from "./store.ts";
import type { PostgresOptions, PostgresStore } from "./store.ts";

const url = process.env["MORNING_TEST_POSTGRES_URL"];
const schema = `faults-${process.pid}`;

/** A way to PostgreSQL that can be cut: at the next bytes from the server that contain `at`. */
interface Cut {
  readonly at: string;
  /** Cuts before this many bytes of a match have gone by: the answer is swallowed. */
  readonly swallow: boolean;
}

interface Proxy {
  readonly url: string;
  cut: Cut | undefined;
  close(): void;
}

async function openProxy(target: string): Promise<Proxy> {
  const { hostname, port, username, pathname } = new URL(target);
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connectTcp(Number(port), hostname);
    for (const one of [near, far]) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        near.destroy();
        far.destroy();
      });
    }
    near.on("data", (data) => far.write(data));
    far.on("data", (data) => {
      const { cut } = proxy;
      if (cut === undefined || !data.includes(cut.at)) return void near.write(data);
      proxy.cut = undefined;
      if (cut.swallow) near.destroy();
      else near.write(data.subarray(0, data.indexOf(cut.at)), () => near.destroy());
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port: own } = server.address() as AddressInfo;
  const proxy: Proxy = {
    url: `postgres://${username}@127.0.0.1:${own}${pathname}`,
    cut: undefined,
    close() {
      server.close();
      for (const one of sockets) one.destroy();
    },
  };
  return proxy;
}

describe.skipIf(url === undefined)("postgres faults [needs MORNING_TEST_POSTGRES_URL]", () => {
  let admin: Client;
  const stores: PostgresStore[] = [];
  const proxies: Proxy[] = [];
  const open = async (options: Partial<PostgresOptions> = {}): Promise<PostgresStore> => {
    const store = await openPostgres({ url: url ?? "", schema, clock: systemClock, ...options });
    stores.push(store);
    return store;
  };
  const openThroughProxy = async (): Promise<{ store: PostgresStore; proxy: Proxy }> => {
    const proxy = await openProxy(url ?? "");
    proxies.push(proxy);
    return { proxy, store: await open({ url: proxy.url }) };
  };
  const insert = (store: PostgresStore, name: string): Promise<unknown> =>
    store.write({
      statements: [
        { sql: "insert into things (name) values ($1) returning name", params: [name] },
        { sql: "update counts set n = n + 1", expect: { rows: 1 } },
      ],
    });
  const killAll = (): Promise<unknown> =>
    admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'morning' and pid <> pg_backend_pid()`,
    );

  beforeAll(async () => {
    admin = new Client({ connectionString: url, application_name: "admin" });
    await admin.connect();
    const store = await open();
    await store.migrate({
      component: "things",
      migrations: [
        {
          version: 1,
          sqlite: [],
          postgres: [
            "create table things (name text not null)",
            "create table counts (n bigint not null)",
            "insert into counts values (0)",
          ],
        },
      ],
    });
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    for (const proxy of proxies) proxy.close();
    await admin.query(`drop schema "${schema}" cascade`);
    await admin.end();
  });

  const named = async (prefix: string): Promise<number> => {
    const sql = `select count(*) from "${schema}".things where name like $1`;
    const { rows } = await admin.query<{ count: string }>(sql, [`${prefix}%`]);
    return Number(rows[0]?.count);
  };

  test("killed back ends lose no acknowledged write and double none", async () => {
    const store = await open();
    let kept = 0;
    let unknown = 0;
    for (let round = 0; round < 20; round++) {
      const writes = Array.from({ length: 20 }, (_, at) =>
        insert(store, `killed-${round}-${at}`).then(
          () => kept++,
          (error: { code: string }) => {
            expect(error.code).toBe("MOR_STATE_UNKNOWN_OUTCOME");
            unknown++;
          },
        ),
      );
      if (round % 4 === 1) await killAll();
      await Promise.all(writes);
    }
    expect(kept + unknown).toBe(400);
    expect(kept).toBeGreaterThan(300);
    expect(await named("killed")).toBeGreaterThanOrEqual(kept);
    expect(await named("killed")).toBeLessThanOrEqual(400);
    const { rows } = await admin.query(
      `select name from "${schema}".things group by name having count(*) > 1`,
    );
    expect(rows).toEqual([]);
  });

  test("a write whose commit was answered to nobody is proven, not repeated", async () => {
    const { store, proxy } = await openThroughProxy();
    await insert(store, "first");
    proxy.cut = { at: "COMMIT\0", swallow: false };
    const results = (await insert(store, "proven")) as readonly { rows: unknown }[];
    expect(results[0]?.rows).toEqual([{ name: "proven" }]);
    expect(proxy.cut).toBe(undefined);
    expect(await named("proven")).toBe(1);
  });

  test("a write of which nothing was heard is proven too, never doubled", async () => {
    const { store, proxy } = await openThroughProxy();
    await insert(store, "second");
    // Its statements ran and were committed, or not: the answer was swallowed from the start.
    proxy.cut = { at: "BEGIN\0", swallow: true };
    const settled = await insert(store, "silent").then(
      () => "kept",
      (error: { code: string; details: object }) => ({ code: error.code, ...error.details }),
    );
    const known = { code: "MOR_STATE_UNKNOWN_OUTCOME", committed: true };
    if (settled !== "kept") expect(settled).toEqual(known);
    expect(await named("silent")).toBe(1);
  });

  test("a write whose outcome nobody can know is a named error", async () => {
    const proxy = await openProxy(url ?? "");
    proxies.push(proxy);
    const store = await open({ url: proxy.url, unavailableMsMax: 50 });
    await insert(store, "third");
    proxy.cut = { at: "COMMIT\0", swallow: true };
    const lost = insert(store, "unknown");
    proxy.close();
    await expect(lost).rejects.toMatchObject({
      code: expect.stringMatching(/^MOR_(STATE_UNKNOWN_OUTCOME|ENGINE_UNAVAILABLE)$/),
    });
  });

  test("a connection that was taken over cannot commit any more", async () => {
    const store = await open();
    await insert(store, "before");
    await admin.query(`update "${schema}".morning_writer set epoch = epoch + 1`);
    await insert(store, "after-takeover");
    expect(await named("after-takeover")).toBe(1);
  });

  test("reads survive lost connections, and listeners are woken after one", async () => {
    const store = await open();
    const woken = new Promise<void>((resolve) => void store.listen("any", resolve));
    await store.read("select 1 as one");
    await killAll();
    expect(await store.read("select 2 as two")).toEqual([{ two: 2 }]);
    await woken;
    const other = await open();
    // Anyone may notify; what is not ours wakes nobody and breaks nothing.
    await admin.query(`select pg_notify('morning:${schema}', 'no json'), pg_notify($1, '7')`, [
      `morning:${schema}`,
    ]);
    const crossed = new Promise<void>((resolve) => void store.listen("crossed", resolve));
    await other.write({ statements: [], wake: ["crossed"] });
    await crossed;
  });

  test("deadlocked processes both finish", async () => {
    await admin.query(`insert into "${schema}".things values ('lock-a'), ('lock-b')`);
    const [one, two] = await Promise.all([open(), open()]);
    const touch = (store: PostgresStore, ...names: string[]): Promise<unknown> => {
      const sql = "update things set name = name where name = $1";
      return store.write({
        statements: names.flatMap((name) => [
          { sql, params: [name] },
          { sql: "select pg_sleep(0.1)" },
        ]),
      });
    };
    await Promise.all([touch(one, "lock-a", "lock-b"), touch(two, "lock-b", "lock-a")]);
  });

  test("more waiting than the limit is refused at once", async () => {
    const store = await open({
      poolMax: 1,
      readsWaitingMax: 2,
      waiting: { waitingBytesMax: 1000 },
    });
    const reads = Array.from({ length: 4 }, () => store.read("select pg_sleep(0.05)"));
    const settled = await Promise.allSettled(reads);
    expect(settled.map((one) => one.status === "fulfilled")).toEqual([true, true, true, false]);
    expect(settled[3]).toMatchObject({ reason: { code: "MOR_STATE_BUSY" } });
    const big = insert(store, "x".repeat(2000));
    await expect(insert(store, "refused")).rejects.toMatchObject({ code: "MOR_STATE_BUSY" });
    await big;
  });

  test("no PostgreSQL at the address is a named error", async () => {
    const options = { url: "postgres://nobody@127.0.0.1:1/none", unavailableMsMax: 10 };
    await expect(open(options)).rejects.toMatchObject({ code: "MOR_ENGINE_UNAVAILABLE" });
  });
});
