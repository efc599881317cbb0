import { readFile } from "node:fs/promises";
import type { Command } from "../../core/command.ts";
import { coreErrors } from "../../core/errors.ts";
import { aligned, show } from "../cli/asking.ts";
import type { SloDetailView, SloView } from "./answers.ts";
import { parseYaml, writeYaml } from "./yaml.ts";

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
  summary: "An objective as an OpenSLO v1 document in YAML; in JSON with --json",
  args: [named],
  options: {},
  async run(call) {
    const document = await call.api.request("GET", `${pathOf(call.args["slo"])}/openslo`);
    if (call.options["json"] === true) call.out(JSON.stringify(document, undefined, 2));
    else call.out((await writeYaml(document)).trimEnd());
    return 0;
  },
};

const importing: Command = {
  name: "slo import",
  summary: "Save the objectives of OpenSLO v1 documents, in YAML or JSON",
  args: [{ name: "file", description: "The documents" }],
  options: {},
  async run(call) {
    const path = call.args["file"] ?? "";
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (cause) {
      throw coreErrors.MOR_INVALID(`${path} cannot be read: ${(cause as Error).message}`, {
        cause,
      });
    }
    const documents = await parseYaml(text, path);
    const saved = (await call.api.request("POST", "/slos/openslo", documents)) as {
      slos: readonly SloView[];
    };
    return show(call, saved.slos, () => aligned(saved.slos.map(rowOf)));
  },
};

/** Commands that look at objectives. */
export const sloCommands: readonly Command[] = [list, get, exporting, importing];
