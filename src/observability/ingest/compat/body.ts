import { brotliDecompress } from "node:zlib";
import { promisify } from "node:util";
import { ingestErrors } from "../errors.ts";
import type { Arrived } from "../http/endpoint.ts";
import { ownCodingHeader } from "./gate.ts";
import { foreignBytesMax } from "./post.ts";
import { unsnappy } from "./snappy.ts";

const unbrotli = promisify(brotliDecompress);

function tooLarge(limit: number): Error {
  return ingestErrors.MOR_INGEST_TOO_LARGE(
    `the request is larger than ${limit} bytes after decompression`,
    { details: { limit } },
  );
}

async function inflateBrotli(body: Uint8Array, limit: number): Promise<Uint8Array> {
  try {
    return await unbrotli(body, { maxOutputLength: limit });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(limit);
    throw ingestErrors.MOR_INGEST_MALFORMED(`the body is not brotli: ${code}`, {
      cause,
      details: { reason: "compression", field: "" },
    });
  }
}

/**
 * Inflates what the gate did not: brotli and snappy; the grant holds what comes of it.
 * @throws MOR_INGEST_TOO_LARGE, MOR_INGEST_BUSY, MOR_INGEST_MALFORMED
 */
export async function openBody({ body, headers, grant }: Arrived): Promise<Uint8Array> {
  const coding = headers[ownCodingHeader];
  if (coding === "br") {
    const opened = await inflateBrotli(body, foreignBytesMax);
    grant.grow(opened.length);
    return opened;
  }
  return coding === "snappy" ? openSnappy(body, grant) : body;
}

/** Inflates a snappy block; the grant holds its size before it is made. */
export function openSnappy(body: Uint8Array, grant: Arrived["grant"]): Uint8Array {
  return unsnappy(body, foreignBytesMax, (bytes) => grant.grow(bytes));
}
