import { z } from "zod";
import type { BlobPage } from "./driver.ts";

/** A set of blobs as the API shows it. */
export interface SetView {
  readonly name: string;
  readonly description: string;
  /** Bytes of one blob at most. */
  readonly bytesMax: number;
}

/** A set with how much is in it. */
export interface SetSizeView extends SetView {
  readonly objects: number;
  readonly bytes: number;
  /** Whether all were counted; at most 10,000 are. */
  readonly complete: boolean;
}

const setFields = { name: z.string(), description: z.string(), bytesMax: z.number() };

/** Every set. */
export const SetsAnswer: z.ZodType<{ readonly sets: readonly SetView[] }> = z.object({
  sets: z.array(z.object(setFields)),
});

/** One set. */
export const SetAnswer: z.ZodType<SetSizeView> = z.object({
  ...setFields,
  objects: z.number(),
  bytes: z.number(),
  complete: z.boolean(),
});

/** A page of blobs. */
export const ObjectsAnswer: z.ZodType<BlobPage> = z.object({
  blobs: z.array(
    z.object({
      key: z.string(),
      size: z.number(),
      etag: z.string(),
      updatedAtMs: z.number(),
      contentType: z.exactOptional(z.string()),
    }),
  ),
  cursor: z.exactOptional(z.string()),
});
