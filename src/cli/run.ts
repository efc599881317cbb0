import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";
import { capabilities, openerOf } from "../capabilities.ts";
import { sleep, systemClock } from "../core/clock.ts";
import type { Command, CommandOption } from "../core/command.ts";
import { coreErrors, MorningError } from "../core/errors.ts";
import { packageVersion } from "../core/package.ts";
import { apiClient, defaultUrl } from "./api.ts";
import { nearest } from "./nearest.ts";
import { columns, complain, out } from "./output.ts";
import { platformCommands } from "./platform-commands.ts";

/** Options that every command takes. */
export const commonOptions: Readonly<Record<string, CommandOption>> = {
  help: { type: "boolean", short: "h", description: "Say how the command is used" },
  json: { type: "boolean", description: "Write JSON, for scripts" },
  url: { type: "string", description: `Where the platform is; MORNING_URL or ${defaultUrl}` },
};

async function commandsOf(kind: string): Promise<readonly Command[]> {
  const module = Object.hasOwn(capabilities, kind) ? await capabilities[kind]?.() : undefined;
  return (await module?.commands?.())?.commands ?? [];
}

/** Every command there is. */
export async function allCommands(): Promise<readonly Command[]> {
  const own = await Promise.all(Object.keys(capabilities).map(commandsOf));
  return [...platformCommands, ...own.flat()];
}

/** The command that the words begin with, and the words after it. Only its own pillar is loaded. */
async function find(
  words: readonly string[],
): Promise<{ readonly command: Command; readonly rest: readonly string[] } | undefined> {
  const [first = ""] = words;
  const candidates = [...platformCommands, ...(await commandsOf(openerOf(first)))];
  const matching = candidates.filter(({ name }) =>
    name.split(" ").every((word, index) => words[index] === word),
  );
  const [command] = matching.sort((a, b) => b.name.length - a.name.length);
  if (command === undefined) return undefined;
  return { command, rest: words.slice(command.name.split(" ").length) };
}

/** The command's own words, and those after `--` that it takes as they are. */
function splitRest(
  command: Command,
  words: readonly string[],
): { readonly own: readonly string[]; readonly rest: readonly string[] } {
  const at = command.rest === undefined ? -1 : words.indexOf("--");
  if (at === -1) return { own: words, rest: [] };
  return { own: words.slice(0, at), rest: words.slice(at + 1) };
}

function usageOf({ name, args, options, summary, rest }: Command): string[] {
  const shown = args.map((arg) =>
    arg.optional === true ? `[${arg.name}]` : arg.name.toUpperCase(),
  );
  const rows = Object.entries({ ...options, ...commonOptions }).map(
    ([option, { type, description }]) => [
      `  --${option}${type === "string" ? " VALUE" : ""}`,
      description,
    ],
  );
  const argRows = [...args, ...(rest === undefined ? [] : [rest])].map((arg) => [
    `  ${arg.name}`,
    arg.description,
  ]);
  const behind = rest === undefined ? "" : ` [-- ${rest.name}]`;
  return [
    `morning ${[name, ...shown].join(" ")} [options]${behind}`,
    "",
    summary,
    "",
    ...columns([...argRows, ...rows]),
  ];
}

async function help(words: readonly string[]): Promise<string[]> {
  const commands = await allCommands();
  const chosen = commands.filter(
    ({ name }) => words.length === 0 || name.startsWith(words.join(" ")),
  );
  const shown = chosen.length === 0 ? commands : chosen;
  return [
    `morning ${packageVersion()}: the platform layer of an AI SaaS`,
    "",
    ...columns(shown.map(({ name, summary }) => [`  morning ${name}`, summary])),
    "",
    "Every command takes --json and --help. Exit codes: 0 done, 1 failed, 2 wrong use.",
  ];
}

function parse(command: Command, rest: readonly string[]): ReturnType<typeof parseArgs> {
  const options = { ...command.options, ...commonOptions } as NonNullable<
    ParseArgsConfig["options"]
  >;
  return parseArgs({ args: [...rest], options, allowPositionals: true, strict: true });
}

function argsOf(command: Command, positionals: readonly string[]): Record<string, string> {
  const args: Record<string, string> = {};
  command.args.forEach((arg, index) => {
    const value = positionals[index];
    if (value !== undefined) args[arg.name] = value;
    else if (arg.optional !== true) {
      throw coreErrors.MOR_INVALID(`morning ${command.name}: ${arg.name} is missing`, {
        fix: `See morning ${command.name} --help.`,
      });
    }
  });
  if (positionals.length > command.args.length) {
    const extra = positionals.slice(command.args.length).join(" ");
    throw coreErrors.MOR_INVALID(`morning ${command.name}: too many words: ${extra}`);
  }
  return args;
}

function report(error: unknown, json: boolean): void {
  if (!MorningError.is(error)) {
    complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return;
  }
  if (json) {
    const { code, message, fix } = error;
    complain(JSON.stringify({ error: { code, message, fix } }));
    return;
  }
  complain(`${error.code}: ${error.message}`);
  complain(`  ${error.fix}`);
}

/** Says that there is no such command, and which one was probably meant. */
async function refuse(words: readonly string[], json: boolean): Promise<number> {
  const names = (await allCommands()).map(({ name }) => name);
  const firsts = names.map((name) => name.split(" ")[0] ?? "");
  const near = nearest(words.slice(0, 2).join(" "), names) ?? nearest(words[0] ?? "", firsts);
  const below = names.filter((name) => name.startsWith(`${words[0]} `));
  const meant = near === undefined ? "" : `Did you mean: morning ${near}? `;
  const known = below.length > 0 ? `There are: ${below.join(", ")}.` : "See morning --help.";
  const message = `there is no command: morning ${words.join(" ")}`;
  report(coreErrors.MOR_INVALID(message, { fix: meant + known }), json);
  return 2;
}

/** Runs one command line; resolves with the exit code: 0 done, 1 failed, 2 wrong use. */
export async function runCli(words: readonly string[]): Promise<number> {
  const end = words.indexOf("--");
  const json = words.slice(0, end === -1 ? undefined : end).includes("--json");
  const [first] = words;
  if (first === "--version") {
    out(packageVersion());
    return 0;
  }
  const bare = words.filter((word) => !word.startsWith("-"));
  const found = await find(words);
  if (found === undefined) {
    const isAsked = words.includes("--help") || words.includes("-h");
    if (bare.length > 0 && first !== "help" && !isAsked) return refuse(bare, json);
    for (const line of await help(bare.filter((word) => word !== "help"))) out(line);
    return 0;
  }
  const { command } = found;
  const { own, rest } = splitRest(command, found.rest);
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parse(command, own);
    if (parsed.values["help"] === true) {
      for (const line of usageOf(command)) out(line);
      return 0;
    }
    argsOf(command, parsed.positionals);
  } catch (error) {
    report(MorningError.is(error) ? error : coreErrors.MOR_INVALID((error as Error).message), json);
    return 2;
  }
  const url = String(parsed.values["url"] ?? process.env["MORNING_URL"] ?? defaultUrl);
  try {
    return await command.run({
      args: argsOf(command, parsed.positionals),
      options: parsed.values,
      rest,
      api: apiClient(url, process.env["MORNING_API_KEY"]),
      out,
      wait: (delayMs) => waitFor(delayMs),
    });
  } catch (error) {
    report(error, json);
    return 1;
  }
}

/** A sleep that keeps the process alive: nothing else may be open while a command waits. */
async function waitFor(delayMs: number): Promise<void> {
  const alive = setInterval(() => {}, 60_000);
  await sleep(systemClock, delayMs);
  clearInterval(alive);
}
