import type { Clock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import { sloSchema } from "./schema.ts";
import { checkSloName, SloForm } from "./slo.ts";
import type { SloResource, SloSpec } from "./slo.ts";

/** An objective, and where it comes from. */
export interface SloDefinition {
  readonly name: string;
  readonly spec: SloSpec;
  /** Declared in code: then it changes there. */
  readonly declared: boolean;
  readonly updatedAtMs: number | null;
  readonly updatedBy: string;
}

/** The objectives of code and those that people saved. */
export interface SloCatalog {
  list(): Promise<readonly SloDefinition[]>;
  /** @throws MOR_NOT_FOUND */
  get(name: string): Promise<SloDefinition>;
  /** @throws MOR_CONFLICT for one that code declares, MOR_OVERLOADED past 200 */
  put(name: string, spec: SloSpec, who: string): Promise<SloDefinition>;
  /** @throws MOR_CONFLICT for one that code declares, MOR_NOT_FOUND */
  remove(name: string): Promise<void>;
}

const savedMax = 200;

/** Opens the objectives in `store`; `declared` are those of the app's code. */
export async function openSloCatalog(
  store: Store,
  clock: Clock,
  declared: readonly SloResource[],
): Promise<SloCatalog> {
  await store.migrate(sloSchema);
  const sql = (text: string): string => placeholders(store.dialect, text);
  const ofCode = declared.map(({ name, spec }) => ({
    name,
    spec,
    declared: true,
    updatedAtMs: null,
    updatedBy: "",
  }));
  const list = async (): Promise<readonly SloDefinition[]> => {
    const text = sql("select * from slo_spec order by name limit ?");
    const rows = await store.read(text, [savedMax]);
    const saved = rows.map((row) => ({
      name: String(row["name"]),
      spec: SloForm.parse(JSON.parse(String(row["spec"]))),
      declared: false,
      updatedAtMs: Number(row["updated_at"]),
      updatedBy: String(row["updated_by"]),
    }));
    const names = new Set(ofCode.map(({ name }) => name));
    return [...ofCode, ...saved.filter(({ name }) => !names.has(name))];
  };
  const get = async (name: string): Promise<SloDefinition> => {
    const found = (await list()).find((one) => one.name === name);
    if (found === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no slo ${name}`);
    return found;
  };
  const refuseDeclared = (name: string): void => {
    if (!ofCode.some((one) => one.name === name)) return;
    throw coreErrors.MOR_CONFLICT(`slo ${name} is declared in code`, { fix: "Change it there." });
  };
  return {
    list,
    get,
    async put(name, spec, who) {
      checkSloName(name);
      refuseDeclared(name);
      const others = (await list()).filter((one) => !one.declared && one.name !== name);
      if (others.length >= savedMax) {
        throw coreErrors.MOR_OVERLOADED(`${savedMax} objectives are saved already`);
      }
      const text = `insert into slo_spec (name, spec, updated_at, updated_by) values (?, ?, ?, ?)
        on conflict (name) do update set spec = excluded.spec, updated_at = excluded.updated_at,
        updated_by = excluded.updated_by`;
      const params = [name, JSON.stringify(spec), clock.now(), who];
      await store.write({ statements: [{ sql: sql(text), params }] });
      return get(name);
    },
    async remove(name) {
      refuseDeclared(name);
      await get(name);
      const statements = ["slo_spec where name", "slo_bucket where slo"].map((from) => ({
        sql: sql(`delete from ${from} = ?`),
        params: [name],
      }));
      await store.write({ statements });
    },
  };
}
