import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Config } from "../core/config.ts";
import { coreErrors, MorningError } from "../core/errors.ts";

function isConfig(value: unknown): value is Config {
  const { app, environments } = (value ?? {}) as Partial<Config>;
  const isObject = typeof environments === "object" && environments !== null;
  return isObject && Array.isArray(app?.services) && Array.isArray(app.resources);
}

const names = ["morning.config.ts", "morning.config.js", "morning.config.mjs"];

/**
 * Loads the configuration: the named file, or morning.config.ts in this folder.
 * @throws MOR_CONFIG when there is none, or it does not export one
 */
export async function loadConfig(file?: string): Promise<Config> {
  const candidates = file === undefined ? names : [file];
  const path = candidates.map((name) => resolve(name)).find((name) => existsSync(name));
  if (path === undefined) {
    throw coreErrors.MOR_CONFIG(`there is no ${candidates.join(" or ")} in ${process.cwd()}`, {
      fix: "Run inside your project, or name the file with --config.",
    });
  }
  let module: { readonly default?: Config };
  try {
    module = (await import(pathToFileURL(path).href)) as { default?: Config };
  } catch (cause) {
    if (MorningError.is(cause)) throw cause;
    throw coreErrors.MOR_CONFIG(`${path} could not be loaded: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (!isConfig(module.default)) {
    throw coreErrors.MOR_CONFIG(`${path} does not export a configuration as default`, {
      fix: "Write: export default config({ app });",
    });
  }
  return module.default;
}
