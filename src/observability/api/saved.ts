import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import { del, get, noContent, put } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { checkName } from "../../core/resource.ts";
import type { Schema, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import { Dashboard } from "../dashboards/dashboard.ts";
import type { DashboardSpec, DashboardResource } from "../dashboards/dashboard.ts";

/** A search that somebody saved. */
export interface SavedSearch {
  readonly name: string;
  readonly signal: "logs" | "spans" | "errors";
  readonly q: string;
  readonly title: string;
}

/** A dashboard, and where it comes from. */
export interface DashboardView {
  readonly name: string;
  /** Whether code declares it: then it changes there. */
  readonly declared: boolean;
  readonly updatedAtMs: number | null;
  readonly spec: DashboardSpec;
}

/** Saved searches and dashboards. */
export interface SavedViews {
  searches(): Promise<readonly SavedSearch[]>;
  putSearch(search: SavedSearch): Promise<void>;
  deleteSearch(name: string): Promise<void>;
  dashboards(): Promise<readonly DashboardView[]>;
  putDashboard(name: string, spec: DashboardSpec): Promise<void>;
  deleteDashboard(name: string): Promise<void>;
}

const schema: Schema = {
  component: "saved-views",
  migrations: [
    {
      version: 1,
      sqlite: [
        `create table saved_view (kind text not null, name text not null, spec text not null,
          updated_at integer not null, primary key (kind, name)) strict`,
      ],
      postgres: [
        `create table saved_view (kind text not null, name text not null, spec text not null,
          updated_at bigint not null, primary key (kind, name))`,
      ],
    },
  ],
};

const savedMax = 500;

const Search: z.ZodType<SavedSearch> = z.object({
  name: z.string(),
  signal: z.enum(["logs", "spans", "errors"]),
  q: z.string().max(4096),
  title: z.string().max(200),
});

/** Opens what people saved in `store`; `declared` are the dashboards of the app's code. */
export async function openSavedViews(
  store: Store,
  clock: Clock,
  declared: readonly DashboardResource[],
): Promise<SavedViews> {
  await store.migrate(schema);
  const sql = (text: string): string => placeholders(store.dialect, text);
  const list = (kind: string): ReturnType<Store["read"]> =>
    store.read(sql("select * from saved_view where kind = ? order by name limit ?"), [
      kind,
      savedMax,
    ]);
  const save = async (kind: string, name: string, spec: unknown): Promise<void> => {
    checkName(kind, name);
    const [row] = await store.read(
      sql("select count(*) as n from saved_view where kind = ? and name <> ?"),
      [kind, name],
    );
    if (Number(row?.["n"] ?? 0) >= savedMax) {
      throw coreErrors.MOR_OVERLOADED(`${savedMax} of kind ${kind} are saved already`, {
        fix: "Delete some that nobody needs.",
      });
    }
    const text = `insert into saved_view (kind, name, spec, updated_at) values (?, ?, ?, ?)
      on conflict (kind, name) do update set
      spec = excluded.spec, updated_at = excluded.updated_at`;
    const params = [kind, name, JSON.stringify(spec), clock.now()];
    await store.write({ statements: [{ sql: sql(text), params }] });
  };
  const remove = async (kind: string, name: string): Promise<void> => {
    const message = `there is no ${kind} ${name}`;
    const text = sql("delete from saved_view where kind = ? and name = ?");
    const expect = { rows: "some" as const, error: { code: "MOR_NOT_FOUND", message } };
    await store
      .write({ statements: [{ sql: text, params: [kind, name], expect }] })
      .catch((error: unknown) => {
        throw MorningError.is(error, "MOR_NOT_FOUND") ? coreErrors.MOR_NOT_FOUND(message) : error;
      });
  };
  const refuseDeclared = (name: string): void => {
    if (!declared.some((one) => one.name === name)) return;
    throw coreErrors.MOR_CONFLICT(`dashboard ${name} is declared in code`, {
      fix: "Change it there, or save yours under another name.",
    });
  };
  return {
    searches: async () =>
      (await list("search")).map((row) => JSON.parse(String(row["spec"])) as SavedSearch),
    putSearch: (search) => save("search", search.name, search),
    deleteSearch: (name) => remove("search", name),
    async dashboards() {
      const own = (await list("dashboard")).map((row) => ({
        name: String(row["name"]),
        declared: false,
        updatedAtMs: Number(row["updated_at"]),
        spec: JSON.parse(String(row["spec"])) as DashboardSpec,
      }));
      const ofCode = declared.map(({ name, spec }) => ({
        name,
        declared: true,
        updatedAtMs: null,
        spec,
      }));
      return [...ofCode, ...own];
    },
    async putDashboard(name, spec) {
      refuseDeclared(name);
      await save("dashboard", name, spec);
    },
    async deleteDashboard(name) {
      refuseDeclared(name);
      await remove("dashboard", name);
    },
  };
}

const DashboardsAnswer: z.ZodType<{ readonly dashboards: readonly DashboardView[] }> = z.object({
  dashboards: z.array(
    z.object({
      name: z.string(),
      declared: z.boolean(),
      updatedAtMs: z.nullable(z.number()),
      spec: Dashboard,
    }),
  ),
});

/** The API of saved searches and dashboards, below `/api/v1`. */
export function savedRoutes(saved: SavedViews): readonly AnyRoute[] {
  return [
    get(
      "/telemetry/searches",
      {
        role: "viewer",
        summary: "Saved searches",
        answer: z.object({ searches: z.array(Search) }) as z.ZodType<{
          readonly searches: readonly SavedSearch[];
        }>,
      },
      async () => ({ searches: await saved.searches() }),
    ),
    put(
      "/telemetry/searches",
      { role: "operator", status: 204, summary: "Save a search under its name", body: Search },
      async ({ body }) => {
        await saved.putSearch(body);
        return noContent();
      },
    ),
    del(
      "/telemetry/searches/:name",
      { role: "operator", status: 204, summary: "Delete a saved search" },
      async ({ params }) => {
        await saved.deleteSearch(params.name);
        return noContent();
      },
    ),
    get(
      "/telemetry/dashboards",
      { role: "viewer", summary: "Dashboards, of code and saved", answer: DashboardsAnswer },
      async () => ({ dashboards: await saved.dashboards() }),
    ),
    put(
      "/telemetry/dashboards/:name",
      { role: "operator", status: 204, summary: "Save a dashboard", body: Dashboard },
      async ({ params, body }) => {
        await saved.putDashboard(params.name, body);
        return noContent();
      },
    ),
    del(
      "/telemetry/dashboards/:name",
      { role: "operator", status: 204, summary: "Delete a dashboard" },
      async ({ params }) => {
        await saved.deleteDashboard(params.name);
        return noContent();
      },
    ),
  ];
}
