export { asset } from "./asset.ts";
export type { Asset, AssetCheck, AssetOptions, CheckResult } from "./asset.ts";
export { assetErrors } from "./errors.ts";
export { newFiles, newRows } from "./looks.ts";
export type { NewRows, SeenFile } from "./looks.ts";
export { daily, hourly, monthly, partitionSpan, parts } from "./partitions.ts";
export type { Partitions } from "./partitions.ts";
