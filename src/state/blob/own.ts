import type { OwnBlobs, PlatformBlobs } from "../../core/capabilities/blobs.ts";
import { blob } from "./blob.ts";
import type { BlobDriver } from "./driver.ts";
import { makeReader, makeWriter } from "./runtime.ts";

/** The largest file that the platform keeps for itself, bytes. */
const bytesMax: number = 2 ** 30;

function ownBlobs(name: string, driver: BlobDriver): OwnBlobs {
  const set = blob(name, { bytesMax });
  const reader = makeReader(set, driver);
  const writer = makeWriter(set, driver);
  return {
    async put(key, bytes) {
      await writer.put(key, bytes);
    },
    async get(key) {
      return (await reader.get(key))?.bytes();
    },
    delete: (key) => writer.delete(key),
    async list(prefix) {
      const keys: string[] = [];
      let after: string | undefined;
      do {
        const page = await driver.list(name, {
          prefix,
          limit: 1000,
          ...(after === undefined ? {} : { after }),
        });
        keys.push(...page.blobs.map(({ key }) => key));
        after = page.cursor;
      } while (after !== undefined);
      return keys;
    },
  };
}

/** Sets of blobs that pillars keep for themselves, over the driver of the app's own. */
export function platformBlobsOf(driver: BlobDriver): PlatformBlobs {
  return {
    async open(name) {
      await driver.declare([name]);
      return ownBlobs(name, driver);
    },
  };
}
