import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { del, get, noContent } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { ObjectsAnswer, SetAnswer, SetsAnswer } from "./answers.ts";
import type { SetSizeView, SetView } from "./answers.ts";
import type { Blob, BlobObject } from "./blob.ts";
import { blobErrors } from "./errors.ts";
import { makeReader, makeWriter } from "./runtime.ts";
import type { BlobRuntime } from "./runtime.ts";

/** Blobs of a set that are counted at most. */
const countedMax = 10_000;
const pageMax = 1000;
/** Bytes of one blob that is handed out. */
export const downloadBytesMax: number = 32 * 2 ** 20;

const ListQuery = z.object({
  prefix: z.string().max(1024).default(""),
  limit: z.coerce.number().int().min(1).max(pageMax).default(100),
  cursor: z.string().max(1024).optional(),
});

const KeyQuery = z.object({ key: z.string().min(1).max(1024) });

function viewOf({ name, description, bytesMax }: Blob): SetView {
  return { name, description, bytesMax };
}

/** Counts a set by listing it, a bounded part of it. */
async function sizeOf({ driver }: BlobRuntime, set: Blob): Promise<SetSizeView> {
  const reader = makeReader(set, driver);
  let [objects, bytes] = [0, 0];
  let cursor: string | undefined;
  do {
    const page = await reader.list({
      limit: pageMax,
      ...(cursor === undefined ? {} : { cursor }),
    });
    objects += page.blobs.length;
    for (const { size } of page.blobs) bytes += size;
    cursor = page.cursor;
  } while (cursor !== undefined && objects < countedMax);
  return { ...viewOf(set), objects, bytes, complete: cursor === undefined };
}

function absent(set: Blob, key: string): Error {
  return coreErrors.MOR_NOT_FOUND(`blob ${set.name}: there is no ${JSON.stringify(key)}`);
}

/** The last part of a key as the name of a file (RFC 6266, RFC 8187). */
function dispositionOf(key: string): string {
  const name = key.slice(key.lastIndexOf("/") + 1) || "blob";
  const plain = name.replaceAll(/[^A-Za-z0-9._-]/g, "_");
  const whole = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}

/** Content as bytes that no browser shows or runs, whatever its own type says. */
function download(blob: BlobObject): Response {
  const { info } = blob;
  const headers = {
    "content-type": "application/octet-stream",
    "content-disposition": dispositionOf(info.key),
    "content-length": String(info.size),
    "x-content-type-options": "nosniff",
  };
  return new Response(ReadableStream.from(blob.stream()), { headers });
}

async function contentOf({ driver }: BlobRuntime, set: Blob, key: string): Promise<Response> {
  const found = await makeReader(set, driver).get(key);
  if (found === undefined) throw absent(set, key);
  const { size } = found.info;
  if (size <= downloadBytesMax) return download(found);
  throw blobErrors.MOR_BLOB_DOWNLOAD_TOO_LARGE(
    `blob ${set.name}: ${JSON.stringify(key)} has ${size} bytes; ${downloadBytesMax} at most`,
    { details: { size, bytesMax: downloadBytesMax } },
  );
}

async function remove({ driver }: BlobRuntime, set: Blob, key: string): Promise<void> {
  if ((await makeReader(set, driver).getInfo(key)) === undefined) throw absent(set, key);
  await makeWriter(set, driver).delete(key);
}

function reading(runtime: BlobRuntime): readonly AnyRoute[] {
  return [
    get(
      "/blobs",
      { summary: "Every declared set of blobs", role: "viewer", answer: SetsAnswer },
      async () => ({ sets: runtime.sets.map(viewOf) }),
    ),
    get(
      "/blobs/:name",
      { summary: "One set, and how much is in it", role: "viewer", answer: SetAnswer },
      ({ params }) => sizeOf(runtime, runtime.get(params.name)),
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
        const { cursor, ...rest } = query;
        const options = cursor === undefined ? rest : { ...rest, cursor };
        return makeReader(runtime.get(params.name), runtime.driver).list(options);
      },
    ),
  ];
}

/** The HTTP API of blobs: the declared sets, what is in one, and one blob's bytes for operators. */
export function blobRoutes(runtime: BlobRuntime): readonly AnyRoute[] {
  return [
    ...reading(runtime),
    get(
      "/blobs/:name/content",
      {
        summary: "The bytes of a blob of up to 32 MiB",
        role: "operator",
        query: KeyQuery,
        answerType: "application/octet-stream",
      },
      ({ params, query }) => contentOf(runtime, runtime.get(params.name), query.key),
    ),
    del(
      "/blobs/:name/objects",
      { summary: "Delete a blob", role: "operator", query: KeyQuery, status: 204 },
      async ({ params, query }) => {
        await remove(runtime, runtime.get(params.name), query.key);
        return noContent();
      },
    ),
  ];
}
