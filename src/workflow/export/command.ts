import { readFile, writeFile } from "node:fs/promises";
import type { CommandRun } from "../../core/command.ts";
import { coreErrors } from "../../core/errors.ts";
import { toAirflow } from "./airflow.ts";
import { toKubeflow } from "./kubeflow.ts";

function option({ options }: CommandRun, key: string): string | undefined {
  const value = options[key];
  return typeof value === "string" ? value : undefined;
}

function needed(call: CommandRun, key: string, why: string): string {
  const value = option(call, key);
  if (value !== undefined) return value;
  throw coreErrors.MOR_INVALID(`workflow export takes --${key}: ${why}`);
}

async function definitionOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const what = `${path} cannot be read: ${(cause as Error).message}`;
    throw coreErrors.MOR_NOT_FOUND(what, { cause });
  }
}

/** The name of a file without folder and ending: `order-flow`. */
function nameOf(path: string): string {
  const file = path.split(/[/\\]/).at(-1) ?? path;
  return file.replace(/(?:\.asl)?\.json$/, "");
}

function written(call: CommandRun, definition: string, path: string): string {
  const target = needed(call, "to", "airflow or kubeflow");
  const command = option(call, "task-command");
  const options = {
    name: option(call, "name") ?? nameOf(path),
    ...(command === undefined ? {} : { taskCommand: command.split(/\s+/).filter(Boolean) }),
  };
  if (target === "airflow") return toAirflow(definition, options).file;
  if (target !== "kubeflow") {
    throw coreErrors.MOR_INVALID(`--to is ${target}, not airflow or kubeflow`);
  }
  const image = needed(call, "image", "the image of the tasks, with Python 3.11 or later");
  return toKubeflow(definition, { ...options, image }).file;
}

/** `morning workflow export`: writes a state machine for another orchestrator. */
export async function exportMachine(call: CommandRun): Promise<number> {
  const path = needed(call, "definition", "a state machine, as a JSON file");
  const text = written(call, await definitionOf(path), path);
  const out = option(call, "out");
  if (out === undefined) call.out(text.trimEnd());
  else await writeFile(out, text);
  return 0;
}
