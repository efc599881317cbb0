import type { Page } from "../../../pillar.ts";

/** The pages of this folder, in the order of the rail. */
export const tracePages: readonly Page[] = [];
