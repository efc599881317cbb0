import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "./tree.ts";

interface Outcome {
  readonly code: number;
  readonly printed: string;
}

let folder = "";

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text, { mode });
}

/** The launcher with another idea of the Node that it needs. */
function launcher(required: number): void {
  const text = readFileSync(join(root, "bin", "morning.js"), "utf8");
  put("bin/package.json", `{ "type": "commonjs" }`);
  put("bin/morning.js", text.replace("required = 24", `required = ${required}`));
}

function run(...args: string[]): Promise<Outcome> {
  const script = join(folder, "bin", "morning.js");
  return new Promise((done) => {
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), printed: stdout + stderr });
    });
  });
}

describe("the launcher", () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "morning-launcher-"));
    put("package.json", `{ "type": "module" }`);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("runs the built command line with its arguments", async () => {
    launcher(24);
    put("dist/cli/main.js", `console.log(process.argv.slice(2).join()); process.exitCode = 3;`);
    expect(await run("queue", "--json")).toEqual({ code: 3, printed: "queue,--json\n" });
  });

  it("says that there is no build", async () => {
    launcher(24);
    const { code, printed } = await run();
    expect(code).toBe(1);
    expect(printed).toContain("npm run build");
  });

  it("on a Node that is too old names the one that it needs", async () => {
    launcher(999);
    const { code, printed } = await run();
    expect(code).toBe(1);
    expect(printed).toContain("morning needs Node 999 or later; this is v24");
  });

  it("on a Node that is too old runs again under the Node of the checkout", async () => {
    launcher(999);
    put("node_modules/node/bin/node", `#!/bin/sh\necho "$@"\nexit 7\n`, 0o755);
    const script = join(folder, "bin", "morning.js");
    expect(await run("start")).toEqual({ code: 7, printed: `${script} start\n` });
  });

  it("runs again only once, though the Node of the checkout be too old too", async () => {
    launcher(999);
    const node = `#!/bin/sh\nexec ${process.execPath} "$@"\n`;
    put("node_modules/node/bin/node", node, 0o755);
    const { code, printed } = await run();
    expect(code).toBe(1);
    expect(printed.match(/needs Node 999/g)).toHaveLength(1);
  });
});
