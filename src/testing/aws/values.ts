import type { InfraValue } from "../../core/infra.ts";

/** A property as text: JSON where it is structured. */
export function textOf(value: InfraValue | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined ? "" : JSON.stringify(value);
}
