import { z } from "zod";
import type { BlobPage } from "./driver.ts";

/** A set of blobs as the API shows it. */
export interface SetView {
  readonly name: string;
  readonly description: string;
  /** Bytes of one blob at most. */
  readonly bytesMax: number;
}

const setFields = { name: z.string(), description: z.string(), bytesMax: z.number() };

/** Every set. */
export const SetsAnswer: z.ZodType<{ readonly sets: readonly SetView[] }> = z.object({
  sets: z.array(z.object(setFields)),
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
