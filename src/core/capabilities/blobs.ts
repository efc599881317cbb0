import type { ProviderKey } from "../host.ts";

/** Named bytes of one set that the platform keeps for itself. */
export interface OwnBlobs {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Undefined when there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /** All keys that begin with `prefix`, in the order of their bytes. */
  list(prefix: string): Promise<readonly string[]>;
}

/** The blob pillar, as other pillars keep their files in it. */
export interface PlatformBlobs {
  /** Opens the set `name`; it needs no declaration by the app. */
  open(name: string): Promise<OwnBlobs>;
}

/** The key under which the blob pillar provides itself. */
export const platformBlobs: ProviderKey<PlatformBlobs> = { provider: "platform-blobs" };
