import { readFile } from "node:fs/promises";
import type { Command } from "../../core/command.ts";
import { coreErrors } from "../../core/errors.ts";
import { aligned, show } from "../cli/asking.ts";
import type { SloDetailView, SloView } from "./answers.ts";

const percent = (share: number | null): string =>
  share === null ? "nothing" : `${Number((share * 100).toFixed(4))} %`;

function rowOf({ name, spec, reached, remaining, burn }: SloView): string[] {
  const burning = burn.filter((one) => one.burning).map(({ severity }) => severity);
  const left = `${percent(remaining)} of the budget left`;
  return [name, `${percent(reached)} of ${percent(spec.objective)}`, left, burning.join(" ")];
}

const list: Command = {
  name: "slo list",
  summary: "Objectives, what was reached, and what is left of their budgets",
  args: [],
  options: {},
  async run(call) {
    const found = (await call.api.request("GET", "/slos")) as { slos: readonly SloView[] };
    return show(call, found.slos, () => aligned(found.slos.map(rowOf)));
  },
};

const named = { name: "slo", description: "Its name" };
const pathOf = (name: string | undefined): string => `/slos/${encodeURIComponent(name ?? "")}`;

const get: Command = {
  name: "slo get",
  summary: "One objective: budget and burn rates",
  args: [named],
  options: {},
  async run(call) {
    const found = (await call.api.request("GET", pathOf(call.args["slo"]))) as SloDetailView;
    const rate = (value: number | null): string =>
      value === null ? "nothing" : `${Number(value.toPrecision(4))}x`;
    return show(call, found, () => [
      ...aligned([rowOf(found)]),
      `${found.failed} of ${found.total} failed; ${found.allowed.toFixed(1)} may`,
      ...found.burn.map(
        ({ severity, longMs, shortMs, long, short, burning, rate: bound }) =>
          `${severity}: ${rate(long)} over ${longMs / 60_000} min, ${rate(short)} over ` +
          `${shortMs / 60_000} min, bound ${bound}x${burning ? ", BURNING" : ""}`,
      ),
    ]);
  },
};

const exporting: Command = {
  name: "slo export",
  summary: "An objective as an OpenSLO v1 document: JSON, which is YAML too",
  args: [named],
  options: {},
  async run(call) {
    const document = await call.api.request("GET", `${pathOf(call.args["slo"])}/openslo`);
    call.out(JSON.stringify(document, undefined, 2));
    return 0;
  },
};

const importing: Command = {
  name: "slo import",
  summary: "Save an objective from an OpenSLO v1 document in JSON",
  args: [{ name: "file", description: "The document" }],
  options: {},
  async run(call) {
    const path = call.args["file"] ?? "";
    let document: unknown;
    try {
      document = JSON.parse(await readFile(path, "utf8"));
    } catch (cause) {
      throw coreErrors.MOR_INVALID(`${path} is no JSON: ${(cause as Error).message}`, { cause });
    }
    const saved = (await call.api.request("POST", "/slos/openslo", document)) as SloView;
    return show(call, saved, () => aligned([rowOf(saved)]));
  },
};

/** Commands that look at objectives. */
export const sloCommands: readonly Command[] = [list, get, exporting, importing];
