import { resolve } from "node:path";
import type { CommandRun } from "../core/command.ts";
import { coreErrors, MorningError } from "../core/errors.ts";
import { backUp, restoreBackup } from "../server/backup.ts";
import type { BackupManifest } from "../server/backup.ts";
import { makeHost } from "../server/host.ts";
import { loadConfig } from "./config.ts";
import { cliLog } from "./output.ts";
import { environmentOption, textOption } from "./start.ts";

function tell(call: CommandRun, manifest: BackupManifest, text: string): number {
  call.out(call.options["json"] === true ? JSON.stringify(manifest) : text);
  return 0;
}

/** `morning backup FOLDER`: asks the running platform; where none runs, copies by itself. */
export async function backup(call: CommandRun): Promise<number> {
  const folder = resolve(call.args["folder"] ?? "");
  try {
    const manifest = (await call.api.request("POST", "/backups", { folder })) as BackupManifest;
    return tell(call, manifest, `backed up to ${folder}`);
  } catch (error) {
    if (!MorningError.is(error, "MOR_ENGINE_UNAVAILABLE")) throw error;
  }
  const config = await loadConfig(textOption(call.options["config"]));
  const dataFolder = textOption(call.options["data-folder"]);
  const host = makeHost({
    config,
    environment: environmentOption(call.options),
    log: cliLog({ json: true }),
    ...(dataFolder === undefined ? {} : { dataFolder }),
  });
  const manifest = await backUp(host, folder);
  await host.close();
  return tell(call, manifest, `no platform runs; backed its state up to ${folder}`);
}

/** `morning restore FOLDER --yes`. */
export async function restore(call: CommandRun): Promise<number> {
  const { options, args } = call;
  const config = await loadConfig(textOption(options["config"]));
  const environment = environmentOption(options);
  const settings = config.environments[environment];
  const dataFolder =
    textOption(options["data-folder"]) ?? settings?.dataFolder ?? `.morning/${environment}`;
  if (options["yes"] !== true) {
    throw coreErrors.MOR_CONFLICT(`restore would replace what is in ${dataFolder}`, {
      fix: "Repeat with --yes if that is what you want; morning backup keeps today's state.",
    });
  }
  const manifest = restoreBackup(resolve(args["folder"] ?? ""), dataFolder);
  const at = new Date(manifest.atMs).toISOString();
  return tell(call, manifest, `restored ${manifest.app} (${manifest.environment}) as of ${at}`);
}
