import type { Clock } from "../../core/clock.ts";
import type { Row, Statement, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import { assetSchema } from "./schema.ts";

/** One making of an asset, or of a partition of it. */
export interface Made {
  readonly asset: string;
  /** Undefined where the asset has no partitions. */
  readonly partition: string | undefined;
  readonly run: string;
  readonly workflow: string;
  readonly version: string;
  readonly atMs: number;
  /** What the workflow said of it: rows, bytes. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/** What a check found last. */
export interface Checked {
  readonly asset: string;
  readonly partition: string | undefined;
  readonly name: string;
  readonly passed: boolean;
  readonly severity: "error" | "warn";
  readonly note: string;
  readonly atMs: number;
  readonly run: string;
}

/** Makings of an asset that are kept beside the latest of each partition. */
const pastMax = 1000;

const partOf = (partition: string | undefined): string => partition ?? "";
const partitionOf = (part: string): string | undefined => (part === "" ? undefined : part);

function madeOf(row: Row): Made {
  return {
    asset: String(row["asset"]),
    partition: partitionOf(String(row["part"])),
    run: String(row["run"]),
    workflow: String(row["workflow"]),
    version: String(row["version"] ?? ""),
    atMs: Number(row["at"]),
    facts: JSON.parse(String(row["facts"] ?? "{}")) as Made["facts"],
  };
}

function checkedOf(row: Row): Checked {
  return {
    asset: String(row["asset"]),
    partition: partitionOf(String(row["part"])),
    name: String(row["name"]),
    passed: Number(row["passed"]) === 1,
    severity: String(row["severity"]) as Checked["severity"],
    note: String(row["note"]),
    atMs: Number(row["at"]),
    run: String(row["run"]),
  };
}

/** What was made of assets, in the state store. */
export class Ledger {
  readonly #store: Store;
  readonly #clock: Clock;

  private constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  static async open(store: Store, clock: Clock): Promise<Ledger> {
    await store.migrate(assetSchema);
    return new Ledger(store, clock);
  }

  #sql(sql: string, params: NonNullable<Statement["params"]>): Statement {
    return { sql: placeholders(this.#store.dialect, sql), params };
  }

  async #read(sql: string, params: NonNullable<Statement["params"]>): Promise<readonly Row[]> {
    return this.#store.read(placeholders(this.#store.dialect, sql), params);
  }

  /** Writes down what was made. The same run twice is one making; an older one changes nothing. */
  async made(all: readonly Made[]): Promise<void> {
    await this.#store.write({ statements: all.flatMap((one) => this.#made(one)) });
  }

  #made({ asset, partition, run, workflow, version, atMs, facts }: Made): Statement[] {
    const part = partOf(partition);
    return [
      this.#sql(
        `insert into workflow_asset (asset, part, run, workflow, version, at, facts)
          values (?, ?, ?, ?, ?, ?, ?) on conflict (asset, part) do update set run = excluded.run,
            workflow = excluded.workflow, version = excluded.version, at = excluded.at,
            facts = excluded.facts where workflow_asset.at <= excluded.at`,
        [asset, part, run, workflow, version, atMs, JSON.stringify(facts)],
      ),
      this.#sql(
        `insert into workflow_asset_past (asset, part, at, run, workflow) values (?, ?, ?, ?, ?)
          on conflict do nothing`,
        [asset, part, atMs, run, workflow],
      ),
      this.#sql(
        `delete from workflow_asset_past where asset = ? and at < (select min(at) from
          (select at from workflow_asset_past where asset = ? order by at desc limit ${pastMax})
          as newest)`,
        [asset, asset],
      ),
    ];
  }

  /** Writes down what checks found. */
  async checked(all: readonly Checked[]): Promise<void> {
    const statements = all.map((one) =>
      this.#sql(
        `insert into workflow_asset_check (asset, part, name, passed, severity, note, at, run)
          values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (asset, part, name) do update set
            passed = excluded.passed, severity = excluded.severity, note = excluded.note,
            at = excluded.at, run = excluded.run`,
        [
          one.asset,
          partOf(one.partition),
          one.name,
          one.passed ? 1 : 0,
          one.severity,
          one.note,
          one.atMs,
          one.run,
        ],
      ),
    );
    if (statements.length > 0) await this.#store.write({ statements });
  }

  /** The latest making of each partition of an asset that there is. */
  async latest(asset: string): Promise<ReadonlyMap<string | undefined, Made>> {
    const rows = await this.#read("select * from workflow_asset where asset = ? order by part", [
      asset,
    ]);
    return new Map(rows.map(madeOf).map((made) => [made.partition, made]));
  }

  /** The latest making of one partition, or of the whole. */
  async last(asset: string, partition: string | undefined): Promise<Made | undefined> {
    const [row] = await this.#read("select * from workflow_asset where asset = ? and part = ?", [
      asset,
      partOf(partition),
    ]);
    return row === undefined ? undefined : madeOf(row);
  }

  /** The newest making of any partition of each asset. */
  async newest(): Promise<ReadonlyMap<string, Made>> {
    const rows = await this.#read(
      `select * from workflow_asset a where at =
        (select max(at) from workflow_asset b where b.asset = a.asset) order by asset, part`,
      [],
    );
    return new Map(rows.map(madeOf).map((made) => [made.asset, made]));
  }

  /** What was made of an asset, newest first. */
  async past(asset: string, limit: number): Promise<Omit<Made, "version" | "facts">[]> {
    const rows = await this.#read(
      "select * from workflow_asset_past where asset = ? order by at desc, part limit ?",
      [asset, limit],
    );
    return rows.map(madeOf);
  }

  /** What the checks of an asset found last; of the failed ones first. */
  async checks(asset: string, limit: number): Promise<Checked[]> {
    const rows = await this.#read(
      `select * from workflow_asset_check where asset = ?
        order by passed, at desc, name, part limit ?`,
      [asset, limit],
    );
    return rows.map(checkedOf);
  }

  get nowMs(): number {
    return this.#clock.now();
  }
}
