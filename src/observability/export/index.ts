export { checkDestination, describeDestination, signalsOfKind } from "./destination.ts";
export type {
  CheckedDestination,
  Compression,
  Destination,
  DestinationKind,
} from "./destination.ts";
export { exportErrors } from "./errors.ts";
export { openExporter } from "./exporter.ts";
export type { Exporter, ExporterOptions } from "./exporter.ts";
export type { DestinationFigures, DestinationState, ExportLoss, LossReport } from "./figures.ts";
export { encodeLogs, encodePoints, encodeSpans } from "./otlp.ts";
export { readBatch } from "./read.ts";
export type { Records } from "./read.ts";
export * from "./recipes.ts";
