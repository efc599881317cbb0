// A configuration that child processes of tests load: the rig's app, its journal in a file.
import { rigConfig } from "./rig.child.ts";

const jobMs = Number(process.env["RIG_JOB_MS"] ?? 0);
export default rigConfig({ journal: process.env["RIG_JOURNAL"], jobMs });
