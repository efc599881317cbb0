/**
 * Blobs: named bytes in declared sets, streamed, in files or in S3.
 * @module
 */
export { blob } from "./blob.ts";
export type {
  Blob,
  BlobContent,
  BlobObject,
  BlobOptions,
  BlobReader,
  BlobWriter,
  ByteRange,
} from "./blob.ts";
export type { BlobDriver, BlobFeatures, BlobInfo, BlobPage } from "./driver.ts";
export { blobErrors } from "./errors.ts";
