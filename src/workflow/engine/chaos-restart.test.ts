import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { seededRandom } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import { OwnPostgres, serverBin } from "../../engines/postgres/server.contract.ts";
import type { Shutdown } from "../../engines/postgres/server.contract.ts";
import { openPostgres } from "../../engines/postgres/store.ts";
import { birth, check, Witness } from "./chaos.contract.ts";
import { open, program, until } from "./rig.contract.ts";

const restarts = process.env["MORNING_SIZE"] === "soak" ? 50 : 6;
const seed = Number(process.env["MORNING_SEED"] ?? process.pid);
/** Enough of them that the last restart is still in their midst. */
const runs = restarts * 8;

/** Processes that run workflows: what they print is heard, and they end when they are told. */
class Processes {
  readonly witness = new Witness();
  /** Processes that came to their end. */
  done = 0;
  #lines = 0;
  readonly #all: ReturnType<typeof birth>[] = [];
  readonly #ends: Promise<void>[] = [];

  begin(place: string, life: number): void {
    const child = birth({ place, schema: "chaos", runs, seed: life });
    this.#all.push(child);
    this.#ends.push(this.#hear(child));
  }

  async #hear(child: ReturnType<typeof birth>): Promise<void> {
    for await (const line of createInterface({ input: child.stdout })) {
      this.#lines++;
      this.witness.hear(line);
      if (line === "all") this.done++;
    }
  }

  /** Waits until they said so many lines more, or ended. */
  async say(lines: number): Promise<void> {
    const enough = this.#lines + lines;
    await until(() => this.#lines >= enough || this.done > 0);
  }

  async ended(): Promise<void> {
    await Promise.all(this.#ends);
  }

  kill(): void {
    for (const child of this.#all) child.kill("SIGKILL");
  }
}

describe.skipIf(serverBin === undefined)(
  "workflows survive restarts of postgres [needs the programs of a PostgreSQL server]",
  () => {
    let server: OwnPostgres;
    const processes = new Processes();

    beforeAll(async () => {
      server = await OwnPostgres.open();
    });

    afterAll(async () => {
      processes.kill();
      await server?.close();
    });

    it(
      `${restarts} restarts at random moments under two processes`,
      { timeout: restarts * 20_000 },
      async () => {
        process.stdout.write(`restarts of postgres: ${restarts}, seed ${seed}\n`);
        const random = seededRandom(seed);
        processes.begin(server.url, seed);
        processes.begin(server.url, seed + 1);
        const did: Record<Shutdown, number> = { fast: 0, immediate: 0 };
        for (let round = 0; round < restarts; round++) {
          await processes.say(1 + Math.floor(random.next() * 60));
          expect(processes.done).toBe(0);
          const how = round % 3 === 2 ? "fast" : "immediate";
          await server.stop(how);
          await pause(random.next() * 300);
          await server.start();
          did[how]++;
        }
        await processes.ended();
        expect(processes.done).toBe(2);
        check(processes.witness, runs);
        process.stdout.write(`${JSON.stringify(did)}: ${runs} runs ended\n`);
      },
    );

    it("what one process writes wakes the other again after a restart", async () => {
      const admin = new Client(server.url);
      admin.on("error", () => {});
      const store = (): Promise<Store> =>
        openPostgres({ url: server.url, schema: "listen", clock: systemClock });
      const [one, two] = [await store(), await store()];
      const quick = program("quick", (context) => context.step("only", () => "done"));
      // Only a notification tells the worker of a run, and only one tells the asker of its end.
      const worker = await open(one, [quick], { leaseMs: 60_000, lingerMs: 0 });
      const asker = await open(two, []);
      expect(await asker.result(await asker.run("quick", null))).toBe("done");
      await server.stop("immediate");
      await server.start();
      await admin.connect();
      // Each opening wakes all listeners once: what is asked after that is not among it.
      await until(async () => {
        const { rows } = await admin.query(
          "select 1 from pg_stat_activity where query like 'listen %' and state = 'idle'",
        );
        return rows.length === 2;
      });
      for (let round = 0; round < 5; round++) {
        expect(await asker.result(await asker.run("quick", null))).toBe("done");
        await until(() => worker.living === 0);
      }
      await admin.end();
      for (const engine of [worker, asker]) await engine.close();
      for (const each of [one, two]) await each.close();
    });
  },
);
