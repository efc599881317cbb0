import { coreErrors } from "../../core/errors.ts";
import { capability, checkName } from "../../core/resource.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import type { BlobInfo, BlobPage } from "./driver.ts";

/** What a set of blobs declares. */
export interface BlobOptions {
  readonly description?: string;
  /** Bytes of one blob at most; 100 MiB if left out. */
  readonly bytesMax?: number;
}

/** A declared set of blobs: plain data, and the capabilities that it hands out. */
export interface Blob extends Resource<"blob"> {
  readonly description: string;
  readonly bytesMax: number;
  /** The right to read. */
  reader(): Capability<BlobReader, Blob>;
  /** The right to write. */
  writer(): Capability<BlobWriter, Blob>;
  /** The right to both. */
  readWriter(): Capability<BlobReader & BlobWriter, Blob>;
}

/** Bytes of a range, both ends counted in, as in HTTP (RFC 9110, 14.1.2). */
export interface ByteRange {
  readonly start: number;
  /** The last byte; the blob's last if left out. */
  readonly end?: number;
}

/** Content to put: all at once, or as it comes. */
export type BlobContent = string | Uint8Array | AsyncIterable<Uint8Array | string>;

/** A blob that was found. Its content is read when it is asked for. */
export interface BlobObject {
  readonly info: BlobInfo;
  /** The content, or the range that was asked for, in parts. @throws MOR_CONFLICT if it changes */
  stream(): AsyncIterable<Uint8Array>;
  bytes(): Promise<Uint8Array>;
  /** As UTF-8. */
  text(): Promise<string>;
}

/** Reads blobs. Held by `blob.reader()`. */
export interface BlobReader {
  /** @throws MOR_BLOB_KEY, MOR_BLOB_RANGE */
  get(key: string, options?: { readonly range?: ByteRange }): Promise<BlobObject | undefined>;
  getInfo(key: string): Promise<BlobInfo | undefined>;
  /** A page in the order of the keys; 100 blobs if no limit is given, at most 1,000. */
  list(options?: {
    readonly prefix?: string;
    readonly limit?: number;
    readonly cursor?: string;
  }): Promise<BlobPage>;
}

/** Writes blobs. Held by `blob.writer()`. */
export interface BlobWriter {
  /**
   * Puts content in the place of whatever has the key, whole or not at all.
   * @throws MOR_BLOB_KEY, MOR_BLOB_TOO_LARGE, MOR_BLOB_CONTENT_TYPE
   */
  put(
    key: string,
    content: BlobContent,
    options?: { readonly contentType?: string },
  ): Promise<BlobInfo>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
}

const mebibyte = 2 ** 20;

/** S3's limit for one object (Amazon S3 User Guide, "Multipart upload limits": 10,000 parts). */
const bytesMaxMax: number = 10_000 * 8 * mebibyte;

/**
 * Declares a set of blobs.
 * @example export const invoices = blob("invoices", { bytesMax: 10 * 2 ** 20 });
 * @throws MOR_NAME, MOR_DECLARATION
 */
export function blob(name: string, options: BlobOptions = {}): Blob {
  checkName("blob", name);
  const bytesMax = options.bytesMax ?? 100 * mebibyte;
  if (!Number.isSafeInteger(bytesMax) || bytesMax < 1 || bytesMax > bytesMaxMax) {
    throw coreErrors.MOR_DECLARATION(`blob ${name}: bytesMax is 1 to ${bytesMaxMax}`);
  }
  const declared: Blob = {
    kind: "blob",
    name,
    description: options.description ?? "",
    bytesMax,
    reader: () => capability<BlobReader, Blob>(declared, "read", "in"),
    writer: () => capability<BlobWriter, Blob>(declared, "write", "out"),
    readWriter: () => capability<BlobReader & BlobWriter, Blob>(declared, "readWrite", "both"),
  };
  return Object.freeze(declared);
}
