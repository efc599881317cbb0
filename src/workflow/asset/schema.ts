import type { Schema } from "../../core/store.ts";

const tables = (integer: string, text: string, strict: string): readonly string[] => [
  `create table workflow_asset (asset ${text} not null, part ${text} not null, run text not null,
    workflow text not null, version text not null, at ${integer} not null, facts text not null,
    primary key (asset, part))${strict}`,
  `create table workflow_asset_past (asset ${text} not null, part ${text} not null,
    at ${integer} not null, run ${text} not null, workflow text not null,
    primary key (asset, at, part, run))${strict}`,
  `create table workflow_asset_check (asset ${text} not null, part ${text} not null,
    name ${text} not null, passed ${integer} not null, severity text not null, note text not null,
    at ${integer} not null, run text not null, primary key (asset, part, name))${strict}`,
];

/**
 * What was made of assets: the latest of each partition (`''` where there are none), what was made
 * before, and what checks found.
 */
export const assetSchema: Schema = {
  component: "workflow-asset",
  migrations: [
    {
      version: 1,
      sqlite: tables("integer", "text", " strict"),
      postgres: tables("bigint", 'text collate "C"', ""),
    },
  ],
};
