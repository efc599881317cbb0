import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of caches. */
export const cacheErrors: ErrorCatalogue<{
  readonly MOR_CACHE_KEY: ErrorSpec;
  readonly MOR_CACHE_TTL: ErrorSpec;
  readonly MOR_CACHE_VALUE_TOO_LARGE: ErrorSpec;
}> = errorCatalogue({
  MOR_CACHE_KEY: {
    status: 400,
    title: "The key is not usable in a cache.",
    fix: "Give a key of 1 to 512 bytes; hash what is longer.",
  },
  MOR_CACHE_TTL: {
    status: 400,
    title: "The time to live is out of bounds.",
    fix: "Give 1 ms to 30 days; what must live longer belongs in a table.",
  },
  MOR_CACHE_VALUE_TOO_LARGE: {
    status: 413,
    title: "The value is larger than a cache takes.",
    fix: "Put it in a blob and cache its key.",
  },
});
