// Writes the generated pages of docs/reference/ and the types of the console's client, or with
// --check says which are out of date.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { allCommands, commonOptions } from "../src/cli/run.ts";
import type { Command } from "../src/core/command.ts";
import type { ErrorSpec } from "../src/core/errors.ts";
import { makeLog } from "../src/core/log.ts";
import { start } from "../src/server/index.ts";
import { clientTypes } from "../console/generate.ts";
import { oneOfEach } from "./one-of-each.ts";
import { files, read, root } from "./tree.ts";

/** The errors of one folder, as its `errors.ts` declares them. */
export interface Catalogue {
  readonly folder: string;
  readonly specs: Readonly<Record<string, ErrorSpec>>;
}

interface Page {
  readonly path: string;
  readonly text: string;
}

/** The catalogues of all `errors.ts` under src/, in order of path. */
export async function catalogues(): Promise<Catalogue[]> {
  const found: Catalogue[] = [];
  for (const path of files("src/**/errors.ts")) {
    const module = (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>;
    const own = Object.values(module).flatMap((value) =>
      typeof value === "object" && value !== null && "specs" in value
        ? [value.specs as Catalogue["specs"]]
        : [],
    );
    if (own.length === 0) throw new Error(`${path} exports no error catalogue`);
    const folder = dirname(path).replace(/^src\//, "");
    found.push({ folder, specs: Object.assign({}, ...own) as Catalogue["specs"] });
  }
  return found;
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function errorsPage(all: readonly Catalogue[]): Page {
  const sections = all.map(({ folder, specs }) => {
    const rows = Object.entries(specs).map(
      ([code, { status, title, fix }]) =>
        `| \`${code}\` | ${status} | ${cell(title)} | ${cell(fix)} |`,
    );
    const head = ["| code | status | meaning | what to do |", "| --- | --- | --- | --- |"];
    return [`## ${folder}`, "", ...head, ...rows, ""].join("\n");
  });
  const intro = [
    "# Errors",
    "",
    "Every error that Morning raises: its stable code, the HTTP status that a boundary answers",
    "with, what it means, and what to do about it. Written by `npm run gen` from the catalogues",
    "in `src/`.",
    "",
    "",
  ].join("\n");
  return { path: "docs/reference/errors.md", text: intro + sections.join("\n") };
}

function usage({ name, args, rest }: Command): string {
  const words = args.map((arg) =>
    arg.optional === true ? `[${arg.name}]` : arg.name.toUpperCase(),
  );
  const behind = rest === undefined ? [] : [`[-- ${rest.name}]`];
  return ["morning", name, ...words, ...behind].join(" ");
}

function optionRows(options: Command["options"]): string[] {
  return Object.entries(options).map(([option, { type, short, description }]) => {
    const value = type === "string" ? " VALUE" : "";
    const brief = short === undefined ? "" : `, \`-${short}\``;
    return `| \`--${option}${value}\`${brief} | ${cell(description)} |`;
  });
}

function commandSection(command: Command): string {
  const taken = [...command.args, ...(command.rest === undefined ? [] : [command.rest])];
  const args = taken.map((arg) => `| \`${arg.name}\` | ${cell(arg.description)} |`);
  const rows = [...args, ...optionRows(command.options)];
  const table =
    rows.length === 0 ? [] : ["| argument, option | meaning |", "| --- | --- |", ...rows, ""];
  const head = [`## ${command.name}`, "", "```", usage(command), "```", ""];
  return [...head, `${command.summary}.`, "", ...table].join("\n");
}

function cliPage(commands: readonly Command[]): Page {
  const intro = [
    "# Command line",
    "",
    "Every command of `morning`. Exit codes: 0 done, 1 failed, 2 wrong use. Answers go to standard",
    "output, logs and errors to standard error. Written by `npm run gen` from the commands in",
    "`src/`.",
    "",
    "Every command takes:",
    "",
    "| option | meaning |",
    "| --- | --- |",
    ...optionRows(commonOptions),
    "",
    "",
  ].join("\n");
  return { path: "docs/reference/cli.md", text: intro + commands.map(commandSection).join("\n") };
}

interface OpenApi {
  readonly openapi: string;
  readonly info?: object;
  readonly tags?: readonly object[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: unknown;
}

/** The document that a platform with one resource of each kind serves. */
async function servedDocument(): Promise<OpenApi> {
  const dataFolder = mkdtempSync(join(tmpdir(), "morning-gen-"));
  // A platform that stops waits by timers that keep no process alive.
  const alive = setInterval(() => {}, 1_000);
  try {
    const log = makeLog(() => {});
    const running = await start({ config: oneOfEach(), log, port: 0, env: {}, dataFolder });
    try {
      const headers = { host: "localhost" };
      const request = new Request("http://localhost/openapi.json", { headers });
      return (await (await running.fetch(request)).json()) as OpenApi;
    } finally {
      await running.stop();
    }
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
    clearInterval(alive);
  }
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  const entries = Object.entries(record);
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** The platform's own API, without what is of one app or one release. */
function ownDocument({ openapi, paths, components }: OpenApi): OpenApi {
  const own = Object.entries(paths).filter(([path]) => path.startsWith("/api/v1/"));
  return {
    openapi,
    info: {
      title: "Morning",
      version: "v1",
      description: "The platform's own API. Written by npm run gen from the routes in src/.",
    },
    tags: [{ name: "platform" }],
    paths: sorted(Object.fromEntries(own.map(([path, methods]) => [path, sorted(methods)]))),
    components,
  };
}

/** The document, and the console's types of it. */
async function apiPages(document: OpenApi): Promise<readonly Page[]> {
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  return [
    { path: "docs/reference/openapi.json", text },
    { path: "console/src/api/schema.ts", text: await clientTypes(document) },
  ];
}

/** Every generated page as it should be. */
export async function pages(): Promise<Page[]> {
  return [
    errorsPage(await catalogues()),
    cliPage(await allCommands()),
    ...(await apiPages(ownDocument(await servedDocument()))),
  ];
}

/** The generated files that differ from what their sources say. */
export async function stale(): Promise<string[]> {
  const all = await pages();
  return all
    .filter(({ path, text }) => !existsSync(join(root, path)) || read(path) !== text)
    .map(({ path }) => path);
}

async function write(): Promise<void> {
  for (const { path, text } of await pages()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
  if (!values.check) await write();
  for (const path of values.check ? await stale() : []) {
    console.error(`${path} is out of date: run npm run gen`);
    process.exitCode = 1;
  }
}
