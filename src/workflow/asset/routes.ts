import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { created, get, post } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { StartedAnswer } from "../answers.ts";
import type { WorkflowRuntime } from "../runtime.ts";
import { AssetAnswer, AssetsAnswer, LineageAnswer } from "./answers.ts";
import type { Asset } from "./asset.ts";
import { backfillOf } from "./backfill.ts";
import { partitionsOf } from "./lineage.ts";
import { partitionsBetween } from "./partitions.ts";
import { assetDetailShown, assetShown, lineageShown } from "./shown.ts";

/** Checks of an asset that are counted for the list. */
const checksMax = 1000;

const Key = z.string().min(1).max(200);

/** The API of assets and backfills, below `/api/v1`. */
export function assetRoutes(runtime: WorkflowRuntime): readonly AnyRoute[] {
  const { ledger, assets, workflows, engine } = runtime;
  const declared = (name: string): Asset => {
    const found = assets.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw coreErrors.MOR_NOT_FOUND(`there is no asset ${name}`);
  };
  return [
    get(
      "/assets",
      {
        role: "viewer",
        summary: "Assets: who makes them, how fresh they are",
        answer: AssetsAnswer,
      },
      async () => {
        const newest = await ledger.newest();
        const shown = assets.map(async (one) => {
          const checks = await ledger.checks(one.name, checksMax);
          return assetShown(one, workflows, newest.get(one.name), checks, ledger.nowMs);
        });
        return { assets: await Promise.all(shown) };
      },
    ),
    get(
      "/assets/:name",
      { role: "viewer", summary: "One asset: partitions, checks, past", answer: AssetAnswer },
      ({ params }) => assetDetailShown(declared(params.name), workflows, ledger),
    ),
    get(
      "/lineage",
      { role: "viewer", summary: "Who makes what of what", answer: LineageAnswer },
      () => lineageShown(assets, workflows),
    ),
    post(
      "/workflows/:name/backfills",
      {
        role: "operator",
        status: 201,
        summary: "Make the partitions of a range, each by a run; what is up to date is skipped",
        body: z.strictObject({
          from: Key.optional(),
          until: Key.optional(),
          concurrency: z.int().min(1).max(100).optional(),
          force: z.boolean().optional(),
          id: Key.optional(),
        }),
        answer: StartedAnswer,
      },
      async ({ params, body }) => {
        const { id, ...input } = body;
        const partitions = partitionsOf(runtime.declared(params.name));
        if (partitions === undefined) {
          throw coreErrors.MOR_INVALID(`workflow ${params.name} writes nothing with partitions`);
        }
        partitionsBetween(partitions, ledger.nowMs, input);
        const options = id === undefined ? {} : { id };
        return created({ id: await engine.run(backfillOf(params.name), input, options) });
      },
    ),
  ];
}
