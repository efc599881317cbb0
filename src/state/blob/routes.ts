import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { ObjectsAnswer, SetsAnswer } from "./answers.ts";
import { makeReader } from "./runtime.ts";
import type { BlobRuntime } from "./runtime.ts";

const ListQuery = z.object({
  prefix: z.string().max(1024).default(""),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(1024).optional(),
});

/** The HTTP API of blobs: the declared sets, and what is in one. Contents are not handed out. */
export function blobRoutes(runtime: BlobRuntime): readonly AnyRoute[] {
  return [
    get(
      "/blobs",
      { summary: "Every declared set of blobs", role: "viewer", answer: SetsAnswer },
      async () => ({
        sets: runtime.sets.map(({ name, description, bytesMax }) => {
          return { name, description, bytesMax };
        }),
      }),
    ),
    get(
      "/blobs/:name/objects",
      {
        summary: "Blobs of a set, by key",
        role: "viewer",
        query: ListQuery,
        answer: ObjectsAnswer,
      },
      async ({ params, query }) => {
        const set = runtime.sets.find(({ name }) => name === params.name);
        if (set === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no blob ${params.name}`);
        const { cursor, ...rest } = query;
        const options = cursor === undefined ? rest : { ...rest, cursor };
        return makeReader(set, runtime.driver).list(options);
      },
    ),
  ];
}
