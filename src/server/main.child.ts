// A configuration that child processes of tests load: the rig's app, its journal in a file.
import type { Config } from "../core/config.ts";
import { rigConfig } from "./rig.child.ts";

const jobMs = Number(process.env["RIG_JOB_MS"] ?? 0);
const main: Config = rigConfig({ journal: process.env["RIG_JOURNAL"], jobMs });
// oxlint-disable-next-line import/no-default-export -- what a configuration is
export default main;
