import type { Clock } from "../../core/clock.ts";
import type { AlertDetailView, AlertState, AlertView, InstanceView } from "./answers.ts";
import type { AlertStatus } from "./book.ts";
import type { AlertDefinition } from "./catalog.ts";
import type { AlertEngine } from "./engine.ts";
import { fullLabels } from "./grouping.ts";
import { mutedAt } from "./silences.ts";
import { flapShareOf } from "./state.ts";
import type { Instance } from "./state.ts";

/** Instances and changes that the view of one alert has. */
const listedMax = 200;

const ranks: Readonly<Record<Instance["state"], number>> = { firing: 2, pending: 1, inactive: 0 };

function viewOf(
  definition: AlertDefinition,
  instances: readonly Instance[],
  status: AlertStatus | undefined,
): AlertView {
  const [worst] = [...instances].sort(
    (a, b) => ranks[b.state] - ranks[a.state] || a.sinceMs - b.sinceMs,
  );
  const count = (state: Instance["state"]): number =>
    instances.filter((one) => one.state === state).length;
  const isFailing = status !== undefined && status.error !== "";
  const known: AlertState = status === undefined ? "unknown" : (worst?.state ?? "inactive");
  const state = isFailing && known !== "firing" ? "error" : known;
  return {
    ...definition,
    state,
    sinceMs: state === "error" ? (status?.errorSinceMs ?? null) : (worst?.sinceMs ?? null),
    value: worst?.value ?? null,
    note: isFailing ? status.error : (worst?.note ?? ""),
    reason: isFailing ? null : (worst?.reason ?? null),
    firing: count("firing"),
    pending: count("pending"),
    status: status ?? null,
  };
}

/** Every alert as the API tells it. */
export async function alertViews({ catalog, book }: AlertEngine): Promise<readonly AlertView[]> {
  const [definitions, statuses] = [await catalog.list(), await book.statuses()];
  const byAlert = Map.groupBy(await book.instances(), ({ alert }) => alert);
  return definitions.map((one) => viewOf(one, byAlert.get(one.name) ?? [], statuses.get(one.name)));
}

/** Instances as the API tells them, with why nobody is told of them. */
export async function instanceViews(
  { catalog, book }: AlertEngine,
  clock: Clock,
  instances: readonly Instance[],
): Promise<readonly InstanceView[]> {
  const muted = mutedAt(await book.silences(), await book.windows(), clock.now());
  const specs = new Map((await catalog.list()).map(({ name, spec }) => [name, spec]));
  return instances.map(({ recent, ...instance }) => {
    const spec = specs.get(instance.alert);
    const muting = spec === undefined ? undefined : muted(fullLabels(instance, spec));
    return { ...instance, share: flapShareOf(recent), muted: muting ?? null };
  });
}

/** One alert whole. @throws MOR_NOT_FOUND */
export async function alertDetail(
  engine: AlertEngine,
  clock: Clock,
  name: string,
): Promise<AlertDetailView> {
  const { catalog, book } = engine;
  const definition = await catalog.get(name);
  const instances = await book.instances(name);
  const status = (await book.statuses()).get(name);
  const shown = [...instances].sort((a, b) => ranks[b.state] - ranks[a.state]).slice(0, listedMax);
  return {
    ...viewOf(definition, instances, status),
    instances: await instanceViews(engine, clock, shown),
    history: await book.history({ alert: name, limit: listedMax }),
  };
}
