import { platformBlobs } from "../../core/capabilities/blobs.ts";
import type { CapabilityModule } from "../../core/host.ts";
import type { BlobDriver } from "./driver.ts";
import { platformBlobsOf } from "./own.ts";
import { blobRoutes, downloadBytesMax } from "./routes.ts";
import { keyBytesMax, openBlobs } from "./runtime.ts";
import type { BlobRuntime } from "./runtime.ts";

/** Blobs, as the platform opens them. */
export const blobCapability: CapabilityModule = {
  kind: "blob",
  defaultDriver: "filesystem",
  drivers: {
    filesystem: () => import("./drivers/filesystem.ts"),
    s3: () => import("./drivers/s3.ts"),
  },
  limits: [
    { name: "blob-key", value: keyBytesMax, unit: "bytes", about: "The key of a blob." },
    {
      name: "blob-download",
      value: downloadBytesMax,
      unit: "bytes",
      about: "A blob that the platform's API hands out.",
    },
  ],
  open: (host, driver, resources) => {
    host.provide(platformBlobs, platformBlobsOf(driver as BlobDriver));
    return openBlobs(host, driver as BlobDriver, resources);
  },
  routes: (runtime) => blobRoutes(runtime as BlobRuntime),
  infra: () => import("./infra.ts"),
};
