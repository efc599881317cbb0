import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { currentContext } from "../../core/context.ts";
import { del, get, noContent, post, put } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { SloDetailAnswer, SlosAnswer, sloView } from "./answers.ts";
import type { SloDetailView, SloView } from "./answers.ts";
import { budgetOf } from "./burn.ts";
import type { SloCatalog } from "./catalog.ts";
import type { CountedBucket } from "./count.ts";
import type { SloLedger } from "./ledger.ts";
import { fromOpenSloFile, toOpenSlo } from "./openslo.ts";
import { SloForm } from "./slo.ts";
import type { SloSpec } from "./slo.ts";
import { parseYaml, writeYaml } from "./yaml.ts";

/** What the API of objectives stands on. */
export interface SloApi {
  readonly objectives: SloCatalog;
  readonly ledger: SloLedger;
  readonly clock: Clock;
}

/** The budget that was left at every hour, over the objective's window that ends there. */
export function budgetSeries(
  buckets: readonly CountedBucket[],
  { windowMs, objective }: Pick<SloSpec, "windowMs" | "objective">,
  fromMs: number,
): SloDetailView["series"] {
  const series: (CountedBucket & { readonly remaining: number })[] = [];
  let [good, total, oldest] = [0, 0, 0];
  for (const bucket of buckets) {
    good += bucket.good;
    total += bucket.total;
    for (let gone = buckets[oldest]; gone !== undefined; gone = buckets[oldest]) {
      if (gone.atMs > bucket.atMs - windowMs) break;
      good -= gone.good;
      total -= gone.total;
      oldest++;
    }
    const { remaining } = budgetOf({ good, total }, objective);
    if (bucket.atMs >= fromMs) series.push({ ...bucket, remaining });
  }
  return series;
}

async function detailOf(
  { objectives, ledger, clock }: SloApi,
  name: string,
): Promise<SloDetailView> {
  const definition = await objectives.get(name);
  const { spec } = definition;
  const state = await ledger.state(name, spec);
  const fromMs = clock.now() - spec.windowMs;
  const buckets = await ledger.series(name, spec, fromMs - spec.windowMs);
  return { ...sloView(definition, state), series: budgetSeries(buckets, spec, fromMs) };
}

const who = (): string => currentContext()?.identity ?? "operator";
const OpenSlo = z.record(z.string(), z.unknown());
const OpenSloFile = z.union([OpenSlo, z.array(z.nullable(OpenSlo)).min(1).max(50)]);

/** YAML has one name of its own since RFC 9512, and older ones. */
const yamlTypes = {
  "application/yaml": parseYaml,
  "application/x-yaml": parseYaml,
  "text/yaml": parseYaml,
};

/** Objectives as files that others read and write. */
function openSloRoutes({ objectives, ledger }: SloApi): readonly AnyRoute[] {
  return [
    get(
      "/slos/:name/openslo",
      { role: "viewer", summary: "An objective as an OpenSLO v1 document", answer: OpenSlo },
      async ({ params }) => ({ ...toOpenSlo(await objectives.get(params.name)) }),
    ),
    get(
      "/slos/:name/openslo.yaml",
      {
        role: "viewer",
        summary: "An objective as an OpenSLO v1 document in YAML",
        answerType: "application/yaml",
      },
      async ({ params }) => {
        const text = await writeYaml(toOpenSlo(await objectives.get(params.name)));
        const file = `attachment; filename="${params.name}.yaml"`;
        const headers = { "content-type": "application/yaml", "content-disposition": file };
        return new Response(text, { headers });
      },
    ),
    post(
      "/slos/openslo",
      {
        role: "operator",
        summary: "Save the objectives of OpenSLO v1 documents, in JSON or YAML",
        body: OpenSloFile,
        bodyTypes: yamlTypes,
        answer: SlosAnswer,
      },
      async ({ body }) => {
        const slos: SloView[] = [];
        for (const { name, spec } of fromOpenSloFile(Array.isArray(body) ? body : [body])) {
          const saved = await objectives.put(name, spec, who());
          slos.push(sloView(saved, await ledger.state(name, spec)));
        }
        return { slos };
      },
    ),
  ];
}

/** The API of objectives, below `/api/v1`. */
export function sloRoutes(api: SloApi): readonly AnyRoute[] {
  const { objectives, ledger } = api;
  return [
    get(
      "/slos",
      { role: "viewer", summary: "Objectives and their budgets", answer: SlosAnswer },
      async () => ({
        slos: await Promise.all(
          (await objectives.list()).map(async (one) =>
            sloView(one, await ledger.state(one.name, one.spec)),
          ),
        ),
      }),
    ),
    get(
      "/slos/:name",
      { role: "viewer", summary: "One objective: budget over time", answer: SloDetailAnswer },
      ({ params }) => detailOf(api, params.name),
    ),
    put(
      "/slos/:name",
      {
        role: "operator",
        summary: "Save an objective; those of code change there",
        body: SloForm,
        answer: SloDetailAnswer,
      },
      async ({ params, body }) => {
        await objectives.put(params.name, body, who());
        return detailOf(api, params.name);
      },
    ),
    del(
      "/slos/:name",
      { role: "operator", summary: "Delete a saved objective", status: 204 },
      async ({ params }) => {
        await objectives.remove(params.name);
        return noContent();
      },
    ),
    ...openSloRoutes(api),
  ];
}
