import type { Schema } from "../../core/store.ts";

const bucket = (whole: string, real: string): string => `create table slo_bucket (
  slo text not null, indicator text not null, step_ms ${whole} not null, at_ms ${whole} not null,
  good ${real} not null, total ${real} not null,
  primary key (slo, indicator, step_ms, at_ms))`;

const spec = (whole: string): string => `create table slo_spec (name text primary key,
  spec text not null, updated_at ${whole} not null, updated_by text not null)`;

/** Saved objectives, and their events counted by minutes and hours: spans are kept less long. */
export const sloSchema: Schema = {
  component: "slo",
  migrations: [
    {
      version: 1,
      sqlite: [`${bucket("integer", "real")} strict, without rowid`, `${spec("integer")} strict`],
      postgres: [bucket("bigint", "double precision"), spec("bigint")],
    },
  ],
};
