import type { Driver } from "../../core/host.ts";

/** Positive flags of a blob driver. */
export interface BlobFeatures extends Readonly<Record<string, boolean | number | string>> {
  /** Lists are in the order of the keys' UTF-8 bytes. */
  readonly ordered: boolean;
  /** Lists tell each blob's content type. */
  readonly listsContentType: boolean;
  /** Bytes of one `put` or `append` at most. */
  readonly partBytesMax: number;
}

/** What is known of a blob. */
export interface BlobInfo {
  readonly key: string;
  readonly size: number;
  /** Changes when the content does; opaque. */
  readonly etag: string;
  readonly updatedAtMs: number;
  /** Absent in lists of drivers without `listsContentType`. */
  readonly contentType?: string;
}

/** A page of blobs; no `cursor` on the last. */
export interface BlobPage {
  readonly blobs: readonly BlobInfo[];
  readonly cursor?: string;
}

/** Which part of which content to read. */
export interface BlobPart {
  readonly start: number;
  readonly length: number;
  /** The content that is meant; another is MOR_CONFLICT. */
  readonly etag: string;
}

/**
 * An engine that keeps named bytes, in declared sets. Content crosses in parts of at most
 * `partBytesMax`, so that memory is bounded and a call may cross processes.
 *
 * Guarantees, on every driver:
 * - a blob is durable and seen by every read once `put` or `complete` resolves; until then readers
 *   see what was there before, whole;
 * - of two puts of a key at once one wins, whole;
 * - a key is only a name: no key reaches anything but its own blob.
 */
export interface BlobDriver extends Driver {
  readonly features: BlobFeatures;
  declare(sets: readonly string[]): Promise<void>;
  info(set: string, key: string): Promise<BlobInfo | undefined>;
  /** @throws MOR_CONFLICT when the content is no longer that of `part.etag` */
  read(set: string, key: string, part: BlobPart): Promise<Uint8Array>;
  put(set: string, key: string, bytes: Uint8Array, contentType: string): Promise<BlobInfo>;
  /** Begins an upload in parts; gives its id. */
  begin(set: string, key: string, contentType: string): Promise<string>;
  /** Adds the next part; each but the last has `partBytesMax` bytes. @throws MOR_BLOB_UPLOAD */
  append(upload: string, bytes: Uint8Array): Promise<void>;
  complete(upload: string): Promise<BlobInfo>;
  /** Drops an upload; does nothing when there is none. */
  abort(upload: string): Promise<void>;
  /** Deleting what is not there is no error. */
  delete(set: string, key: string): Promise<void>;
  list(
    set: string,
    options: { readonly prefix: string; readonly after?: string; readonly limit: number },
  ): Promise<BlobPage>;
}
