import type { Clock } from "../../core/clock.ts";
import type { Statement } from "../../core/store.ts";
import { digest } from "./limits.ts";
import type { Script } from "./script.ts";

/** How long a result is used if its step does not say, milliseconds: a day. */
const ttlUsualMs = 86_400_000;

/** Results that are kept. */
const resultsMax = 100_000;

/** Results that one sweep removes at most. */
const sweepMax = 1000;

/** Results of steps that other runs may use. */
export class StepCache {
  readonly #script: Script;
  readonly #clock: Clock;

  constructor(script: Script, clock: Clock) {
    this.#script = script;
    this.#clock = clock;
  }

  keyOf(workflow: string, step: string, key: string): string {
    return digest(workflow, step, key);
  }

  /** A result that is still good, as the journal keeps values. */
  async find(key: string): Promise<string | undefined> {
    const [row] = await this.#script.read(
      "select value from workflow_cache where key = ? and expires_at > ?",
      [key, this.#clock.now()],
    );
    return row === undefined ? undefined : String(row["value"]);
  }

  keep(key: string, value: string, ttlMs: number = ttlUsualMs): Statement {
    return this.#script.sql(
      `insert into workflow_cache (key, value, expires_at) values (?, ?, ?)
        on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at`,
      [key, value, Math.ceil(this.#clock.now() + ttlMs)],
    );
  }

  /** Removes what expired, and the next to expire where there are too many; whether more is. */
  async sweep(): Promise<boolean> {
    const [count] = await this.#script.read("select count(*) as count from workflow_cache", []);
    const over = Math.min(sweepMax, Math.max(0, Number(count?.["count"]) - resultsMax));
    const results = await this.#script.write([
      this.#script.sql(
        `delete from workflow_cache where key in (select key from workflow_cache
          where expires_at <= ? order by expires_at limit ${sweepMax})`,
        [this.#clock.now()],
      ),
      this.#script.sql(
        `delete from workflow_cache where key in
          (select key from workflow_cache order by expires_at limit ?)`,
        [over],
      ),
    ]);
    return results.some(({ changes }) => changes === sweepMax);
  }
}
