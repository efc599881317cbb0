import {
  constants,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzipSync,
  inflateSync,
  zstdDecompressSync,
} from "node:zlib";
import type { Transform } from "node:stream";
import { ingestErrors } from "../errors.ts";
import type { Grant } from "../intake.ts";

/** Content codings that are read. */
export const codings = ["gzip", "zstd", "deflate", "identity"] as const;

/** One of them. */
export type Coding = (typeof codings)[number];

/** The coding of a request's body. @throws MOR_INGEST_MEDIA_TYPE for one that is not read here */
export function codingOf(contentEncoding: string | undefined): Coding {
  const named = (contentEncoding ?? "").trim().toLowerCase();
  if (named === "") return "identity";
  const found = codings.find((coding) => coding === named || `x-${coding}` === named);
  if (found !== undefined) return found;
  throw ingestErrors.MOR_INGEST_MEDIA_TYPE(
    `the content encoding ${named.slice(0, 100)} is not one of ${codings.join(", ")}`,
    { details: { acceptEncoding: codings.join(", ") } },
  );
}

/** RFC 9659: a window of at most 8 MiB, else a small request would take 128 MiB of memory. */
const zstd = { params: { [constants.ZSTD_d_windowLogMax]: 23 } };

/** A body this small is inflated at once, if it does not become larger than `quickOutputMax`. */
const quickInputMax = 64 * 1024;
const quickOutputMax = 1024 * 1024;

const chunkSize = 128 * 1024;

function tooLarge(limit: number): Error {
  return ingestErrors.MOR_INGEST_TOO_LARGE(
    `the request is larger than ${limit} bytes after decompression`,
    { details: { limit } },
  );
}

function inflateAtOnce(body: Uint8Array, coding: Coding, maxOutputLength: number): Uint8Array {
  if (coding === "gzip") return gunzipSync(body, { maxOutputLength });
  if (coding === "deflate") return inflateSync(body, { maxOutputLength });
  return zstdDecompressSync(body, { maxOutputLength, ...zstd });
}

function inflater(coding: Coding): Transform {
  if (coding === "gzip") return createGunzip({ chunkSize });
  if (coding === "deflate") return createInflate({ chunkSize });
  return createZstdDecompress({ chunkSize, ...zstd });
}

async function inflateInParts(
  body: Uint8Array,
  coding: Coding,
  limit: number,
  grant: Grant,
): Promise<Uint8Array> {
  const stream = inflater(coding);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  stream.end(body);
  try {
    for await (const part of stream as AsyncIterable<Uint8Array>) {
      bytes += part.length;
      if (bytes > limit) throw tooLarge(limit);
      grant.grow(part.length);
      parts.push(part);
    }
  } finally {
    stream.destroy();
  }
  return Buffer.concat(parts, bytes);
}

function isOverflow(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
}

/** An error of zlib is the sender's; ours pass. */
function malformed(coding: Coding, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const ofZlib = typeof code === "string" && /^(Z_|ZSTD_|ERR_ZSTD)/.test(code);
  if (!ofZlib) return error;
  return ingestErrors.MOR_INGEST_MALFORMED(`the body is not ${coding}: ${code}`, {
    cause: error,
    details: { reason: "compression", field: "" },
  });
}

/**
 * Inflates a body. What it becomes is held by the grant while it grows, so that a bomb stops at the
 * limit or at the client's share, whichever is less.
 * @throws MOR_INGEST_TOO_LARGE, MOR_INGEST_BUSY, MOR_INGEST_MALFORMED
 */
export async function inflate(
  body: Uint8Array,
  coding: Coding,
  limit: number,
  grant: Grant,
): Promise<Uint8Array> {
  if (coding === "identity" || body.length === 0) return body;
  try {
    if (body.length <= quickInputMax) {
      try {
        const inflated = inflateAtOnce(body, coding, Math.min(limit, quickOutputMax));
        grant.grow(inflated.length);
        return inflated;
      } catch (error) {
        if (!isOverflow(error)) throw error;
        if (limit <= quickOutputMax) throw tooLarge(limit);
      }
    }
    return await inflateInParts(body, coding, limit, grant);
  } catch (error) {
    throw malformed(coding, error);
  }
}

/**
 * Reads a body as it comes; the grant holds every part.
 * @throws MOR_INGEST_TOO_LARGE past `limit`, MOR_INGEST_BUSY
 */
export async function readBody(
  source: AsyncIterable<Uint8Array>,
  limit: number,
  grant: Grant,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of source) {
    bytes += part.length;
    if (bytes > limit) {
      throw ingestErrors.MOR_INGEST_TOO_LARGE(`the request is larger than ${limit} bytes`, {
        details: { limit },
      });
    }
    grant.grow(part.length);
    parts.push(part);
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, bytes);
}
