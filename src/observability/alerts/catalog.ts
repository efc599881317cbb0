import type { Clock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import { checkName } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import { policiesFor } from "../slo/burn.ts";
import type { SloCatalog, SloDefinition } from "../slo/catalog.ts";
import { AlertForm } from "./alert.ts";
import type { AlertResource, AlertSpec } from "./alert.ts";
import { alertSchema } from "./schema.ts";

/** An alert, and where it comes from. */
export interface AlertDefinition {
  readonly name: string;
  readonly spec: AlertSpec;
  /** `slo`: it follows from an objective and changes with it. */
  readonly origin: "code" | "console" | "slo";
  readonly updatedAtMs: number | null;
  readonly updatedBy: string;
}

/** The alerts of code, those that people saved, and those that objectives make. */
export interface AlertCatalog {
  list(): Promise<readonly AlertDefinition[]>;
  /** @throws MOR_NOT_FOUND */
  get(name: string): Promise<AlertDefinition>;
  /** @throws MOR_CONFLICT for one that code or an objective declares, MOR_OVERLOADED past 500 */
  put(name: string, spec: AlertSpec, who: string): Promise<AlertDefinition>;
  /** @throws MOR_CONFLICT for one that code or an objective declares, MOR_NOT_FOUND */
  remove(name: string): Promise<void>;
}

const savedMax = 500;

/** The alerts of an objective: a page for fast burn, a ticket for slow. */
export function alertsOfSlo({
  name,
  spec,
  updatedAtMs,
  updatedBy,
}: SloDefinition): AlertDefinition[] {
  if (!spec.alerting) return [];
  const policies = policiesFor(spec.windowMs);
  return (["page", "ticket"] as const).flatMap((severity) => {
    const windows = policies
      .filter((policy) => policy.severity === severity)
      .map(({ longMs, shortMs, rate }) => ({ longMs, shortMs, rate }));
    if (windows.length === 0) return [];
    const alert = AlertForm.parse({
      title: `${spec.title}: the error budget burns {{value}} times too fast`,
      description: spec.description,
      severity,
      condition: { type: "burn-rate", slo: name, windows },
      notify: spec.notify,
      groupBy: ["slo"],
      // The windows already wait, and end soon after the cause: nothing is left to damp.
      damping: false,
      ...(severity === "page" && { groupWaitMs: 0 }),
    });
    const origin = "slo" as const;
    return [{ name: `slo.${name}.${severity}`, spec: alert, origin, updatedAtMs, updatedBy }];
  });
}

/** Opens the alerts in `store`; `declared` are those of the app's code. */
export async function openAlertCatalog(
  store: Store,
  clock: Clock,
  declared: readonly AlertResource[],
  objectives: SloCatalog,
): Promise<AlertCatalog> {
  await store.migrate(alertSchema);
  const sql = (text: string): string => placeholders(store.dialect, text);
  const none = { updatedAtMs: null, updatedBy: "" };
  const ofCode = declared.map(({ name, spec }): AlertDefinition => {
    return { name, spec, origin: "code", ...none };
  });
  const list = async (): Promise<readonly AlertDefinition[]> => {
    const rows = await store.read(sql("select * from alert_spec order by name limit ?"), [
      savedMax,
    ]);
    const saved = rows.map((row): AlertDefinition => {
      const spec = AlertForm.parse(JSON.parse(String(row["spec"])));
      const updated = {
        updatedAtMs: Number(row["updated_at"]),
        updatedBy: String(row["updated_by"]),
      };
      return { name: String(row["name"]), spec, origin: "console", ...updated };
    });
    const derived = (await objectives.list()).flatMap(alertsOfSlo);
    const all = [...ofCode, ...derived, ...saved];
    // Code may come to declare what was saved before: then code counts.
    return [...new Map(all.toReversed().map((one) => [one.name, one])).values()].reverse();
  };
  const get = async (name: string): Promise<AlertDefinition> => {
    const found = (await list()).find((one) => one.name === name);
    if (found === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no alert ${name}`);
    return found;
  };
  const refuseOthers = (name: string, all: readonly AlertDefinition[]): void => {
    const known = all.find((one) => one.name === name);
    if (known?.origin === "code") {
      throw coreErrors.MOR_CONFLICT(`alert ${name} is declared in code`, {
        fix: "Change it there; it can be silenced here.",
      });
    }
    if (known?.origin === "slo" || name.startsWith("slo.")) {
      throw coreErrors.MOR_CONFLICT(`alert ${name} follows from an objective`, {
        fix: "Change the objective; names that begin with slo. are its own.",
      });
    }
  };
  return {
    list,
    get,
    async put(name, spec, who) {
      checkName("alert", name);
      const all = await list();
      refuseOthers(name, all);
      const others = all.filter((one) => one.origin === "console" && one.name !== name);
      if (others.length >= savedMax) {
        throw coreErrors.MOR_OVERLOADED(`${savedMax} alerts are saved already`);
      }
      const text = `insert into alert_spec (name, spec, updated_at, updated_by) values (?, ?, ?, ?)
        on conflict (name) do update set spec = excluded.spec, updated_at = excluded.updated_at,
        updated_by = excluded.updated_by`;
      const params = [name, JSON.stringify(spec), clock.now(), who];
      await store.write({ statements: [{ sql: sql(text), params }] });
      return get(name);
    },
    async remove(name) {
      const all = await list();
      refuseOthers(name, all);
      if (!all.some((one) => one.name === name)) {
        throw coreErrors.MOR_NOT_FOUND(`there is no alert ${name}`);
      }
      const text = "delete from alert_spec where name = ?";
      await store.write({ statements: [{ sql: sql(text), params: [name] }] });
    },
  };
}
