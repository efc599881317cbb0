import { z } from "zod";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { toJsonSchema } from "../../core/schema.ts";
import type { CacheRuntime } from "./runtime.ts";

const CachesAnswer = z.object({
  caches: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      ttlMs: z.number(),
      value: z.record(z.string(), z.unknown()),
    }),
  ),
});

/** The HTTP API of caches: what is declared. Values are not handed out. */
export function cacheRoutes({ sets }: CacheRuntime): readonly AnyRoute[] {
  return [
    get(
      "/caches",
      { summary: "Every declared cache, without values", role: "viewer", answer: CachesAnswer },
      () => ({
        caches: sets.map(({ name, description, ttlMs, value }) => {
          return { name, description, ttlMs, value: toJsonSchema(value, "output") };
        }),
      }),
    ),
  ];
}
