import { flag, oneOf, text, type Parameters } from "../../view.ts";

/** The state of the Overview that its URL holds. */
export interface OverviewView {
  /** The part whose details are open. */
  readonly node: string;
  /** Only events of this type. */
  readonly type: string;
  /** How the parts are shown; by the width of the window when absent. */
  readonly view: "map" | "list";
  /** Whether schedules, tables, blobs, caches and secrets are on the map. */
  readonly state: true;
}

export const overviewView: Parameters<OverviewView> = {
  node: text(),
  type: text(),
  view: oneOf(["map", "list"]),
  state: flag,
};
