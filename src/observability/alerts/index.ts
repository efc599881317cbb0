export { alert } from "./alert.ts";
export type { AlertOptions, AlertResource, AlertSpec, Severity } from "./alert.ts";
export type { BurnWindow, Comparison, Condition, ConditionInput } from "./conditions.ts";
export { notifier } from "./notifier.ts";
export type { NotifierResource, NotifierSpec } from "./notifier.ts";
export type {
  AlertSource,
  AlertSourceInput,
  MeasureName,
  PromqlSource,
  RecordsSource,
  RecordsSourceInput,
} from "./source.ts";
