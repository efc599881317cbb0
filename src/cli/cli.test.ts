import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder, until } from "../server/rig.contract.ts";
import { morning, rigFile } from "./child.contract.ts";
import type { CliOptions } from "./child.contract.ts";
import { nearest } from "./nearest.ts";
import { columns } from "./output.ts";
import { allCommands } from "./run.ts";

interface Outcome {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(words: readonly string[], options?: CliOptions): Promise<Outcome> {
  const cli = morning(words, options);
  const code = await cli.ended;
  return { code, stdout: cli.stdout(), stderr: cli.stderr() };
}

function takenPort(): Promise<number> {
  const server = createServer((_, response) => response.end("<html>"));
  onTestFinished(() => void server.close());
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** The rig's app, which takes telemetry in at a port of its own. */
const configWithOtlpAt = (port: string): string => `
  import main from ${JSON.stringify(rigFile)};
  const telemetry = { driver: "embedded", ports: { otlpHttp: ${port}, otlpGrpc: null } };
  export default { ...main, environments: { local: { drivers: { telemetry } } } };
`;

test("help, version and the exit codes of wrong use", async () => {
  const [help, version, bare] = await Promise.all([run(["--help"]), run(["--version"]), run([])]);
  expect([help.code, bare.code, version.code]).toEqual([0, 0, 0]);
  expect(help.stdout).toContain("morning queue send");
  expect(help.stdout).toContain("Exit codes: 0 done, 1 failed, 2 wrong use.");
  expect(bare.stdout).toBe(help.stdout);
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
}, 60_000);

test.each([
  [["strat"], "Did you mean: morning start?"],
  [["queue", "sned"], "Did you mean: morning queue send?"],
  [["qeueu", "send"], "Did you mean: morning queue send?"],
  [["queue"], "There are: queue "],
  [["frobnicate"], "See morning --help."],
  [["__proto__"], "See morning --help."],
  [["toString"], "See morning --help."],
])("an unknown command (%j) is refused with what was meant", async (words, hint) => {
  const { code, stderr, stdout } = await run(words);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(`there is no command: morning ${words.join(" ")}`);
  expect(stderr).toContain(hint);
});

test.each([
  [["start", "--prot", "1"], "--prot"],
  [["backup"], "folder is missing"],
  [["backup", "a", "b"], "too many words: b"],
  [["start", "--port"], "--port"],
])("wrong use of a command (%j) exits with 2 and says what is wrong", async (words, hint) => {
  const { code, stderr } = await run(words);
  expect(code).toBe(2);
  expect(stderr).toContain(hint);
  const asJson = await run([...words, "--json"]);
  expect(asJson.code).toBe(2);
  expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: "MOR_INVALID" } });
});

test("every command says how it is used", async () => {
  const { runCli } = await import("./run.ts");
  const commands = await allCommands();
  expect(commands.length).toBeGreaterThan(15);
  const write = process.stdout.write.bind(process.stdout);
  onTestFinished(() => void (process.stdout.write = write));
  for (const { name, summary, options } of commands) {
    let text = "";
    process.stdout.write = (chunk) => ((text += String(chunk)), true);
    const code = await runCli([...name.split(" "), "--help"]);
    process.stdout.write = write;
    expect([name, code]).toEqual([name, 0]);
    expect(text).toContain(`morning ${name}`);
    expect(text).toContain(summary);
    for (const option of [...Object.keys(options), "json", "help"])
      expect(text).toContain(`--${option}`);
  }
});

test("broken configurations are explained to a newcomer", async () => {
  const folder = temporaryFolder();
  const cases: readonly [file: string, content: string, hint: string][] = [
    ["none.ts", "export const config = 1;", "does not export a configuration as default"],
    ["odd.ts", "export default { app: 1 };", "Write: export default config({ app });"],
    ["syntax.ts", "export default {", "could not be loaded"],
    ["import.ts", 'import "not-there-at-all"; export default 1;', "not-there-at-all"],
  ];
  for (const [file, content] of cases) writeFileSync(join(folder, file), content);
  await Promise.all(
    cases.map(async ([file, , hint]) => {
      const { code, stderr } = await run(["start", "--config", join(folder, file), "--port", "0"]);
      expect([file, code]).toEqual([file, 1]);
      expect(stderr).toContain("MOR_CONFIG");
      expect(stderr).toContain(hint);
      expect(stderr).not.toContain("    at ");
    }),
  );
  const missing = await run(["start"], { cwd: folder });
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain("there is no morning.config.ts");
  expect(missing.stderr).toContain("name the file with --config");
}, 60_000);

test("a taken port, a wrong environment, a data folder in use: exit 1 and the fix", async () => {
  const port = String(await takenPort());
  const dataFolder = temporaryFolder();
  const where = ["--config", rigFile, "--data-folder", dataFolder];
  const taken = await run(["start", ...where, "--port", port]);
  expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining(`port ${port} of`)]);
  expect(taken.stderr).toContain("choose another port with --port");
  const busy = join(dataFolder, "busy.ts");
  writeFileSync(busy, configWithOtlpAt(port));
  const ingest = ["--config", busy, "--data-folder", join(dataFolder, "busy")];
  const own = String(await freePort());
  const refused = await run(["start", ...ingest, "--port", own]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(`port ${port} of`)]);
  expect(refused.stderr).toContain("--free-ingest-ports");
  const beside = morning(["start", "--json", ...ingest, "--port", own, "--free-ingest-ports"]);
  await beside.ready();
  const wrong = await run(["start", ...where, "--port", "0", "-e", "moon"]);
  expect([wrong.code, wrong.stderr]).toEqual([
    1,
    expect.stringContaining("there is no environment moon"),
  ]);
  const owner = morning(["start", "--json", ...where, "--port", "0"]);
  await owner.ready();
  const second = await run(["start", ...where, "--port", "0"]);
  expect([second.code, second.stderr]).toEqual([
    1,
    expect.stringContaining(`process ${owner.child.pid} owns it`),
  ]);
  const json = await run(["start", "--json", ...where, "--port", "0"]);
  expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: "MOR_STATE_OWNED" } });
}, 60_000);

test("doctor is content with what works and exits 0", async () => {
  const where = ["--config", rigFile, "--data-folder", temporaryFolder()];
  const { code, stdout } = await run(["doctor", "--json", ...where, "--port", "0"]);
  expect(code).toBe(0);
  const { findings } = JSON.parse(stdout) as { findings: { check: string; state: string }[] };
  expect(findings.filter(({ state }) => state === "wrong")).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining(["node", "configuration", "data folder", "queue", "platform"]),
  );
}, 60_000);

test("doctor says what is wrong and how to mend it, and exits 1", async () => {
  const folder = temporaryFolder();
  const source = readFileSync(rigFile, "utf8");
  const broken = source
    .replace("./rig.child.ts", join(rigFile, "../rig.child.ts"))
    .replace(
      /export default main;/,
      'export default { ...main, environments: { local: { drivers: { queue: "rabbit" } } } };',
    );
  writeFileSync(join(folder, "driver.ts"), broken);
  const port = String(await takenPort());
  const cases: readonly [words: readonly string[], check: string, fix: RegExp][] = [
    [["--config", join(folder, "absent.ts")], "configuration", /--config/],
    [["--config", rigFile, "-e", "moon"], "configuration", /Choose one of local/],
    [["--config", rigFile, "--data-folder", "/proc/nothing"], "data folder", /--data-folder/],
    [["--config", rigFile, "--port", port], "platform", /--port/],
    [["--config", join(folder, "driver.ts")], "queue", /Choose one of sqlite/],
  ];
  for (const [words, check, fix] of cases) {
    const where = words.includes("--data-folder") ? [] : ["--data-folder", folder];
    const asked = ["doctor", "--json", "--port", "1", ...where, ...words];
    const { code, stdout } = await run(asked);
    const { ok, findings } = JSON.parse(stdout) as {
      ok: boolean;
      findings: { check: string; state: string; fix?: string }[];
    };
    const wrong = findings.find(({ state }) => state === "wrong");
    expect([words, code, ok, wrong?.check]).toEqual([words, 1, false, check]);
    expect(wrong?.fix).toMatch(fix);
  }
}, 120_000);

test("commands against no platform say how to start one", async () => {
  const { code, stderr } = await run(["queue", "list", "--url", "http://localhost:1"]);
  expect(code).toBe(1);
  expect(stderr).toContain("no platform answers at http://localhost:1");
  expect(stderr).toContain("morning start");
});

test("backup and restore work from the command line, with and without a platform", async () => {
  const dataFolder = temporaryFolder();
  const where = ["--config", rigFile, "--data-folder", dataFolder];
  const owner = morning(["start", "--json", ...where, "--port", "0"]);
  const url = await owner.ready();
  const one = join(temporaryFolder(), "one");
  expect(await run(["backup", one, ...where, "--url", url])).toMatchObject({ code: 0 });
  owner.child.kill("SIGTERM");
  await owner.ended;
  const two = join(temporaryFolder(), "two");
  const made = await run(["backup", two, "--json", ...where, "--url", "http://localhost:1"]);
  expect([made.code, JSON.parse(made.stdout)]).toMatchObject([0, { app: "rig" }]);
  const refused = await run(["restore", two, ...where]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("--yes")]);
  expect(await run(["restore", two, "--yes", ...where])).toMatchObject({ code: 0 });
}, 60_000);

test("dev starts anew when a source changes, and ends with its signal", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "data"));
  const file = join(folder, "morning.config.ts");
  const source = readFileSync(rigFile, "utf8").replace(
    "./rig.child.ts",
    join(rigFile, "../rig.child.ts"),
  );
  writeFileSync(file, source);
  const words = ["dev", "--config", file, "--port", "0", "--data-folder", join(folder, "data")];
  const cli = morning(words);
  const starts = (): number => (cli.stdout().match(/is ready at/g) ?? []).length;
  await until(() => starts() === 1);
  writeFileSync(file, `${source}\n// changed\n`);
  await until(() => starts() === 2);
  cli.child.kill("SIGTERM");
  await cli.ended;
  expect(cli.stderr()).not.toContain("MOR_");
}, 60_000);

test("the nearest word is found, and nothing far is suggested", () => {
  expect(nearest("strat", ["start", "service"])).toBe("start");
  expect(nearest("docter", ["doctor", "dev"])).toBe("doctor");
  expect(nearest("xyzzy", ["start", "service"])).toBeUndefined();
  expect(nearest("", ["start"])).toBeUndefined();
  expect(
    columns([
      ["a", 1],
      ["bbb", 22],
    ]),
  ).toEqual(["a     1", "bbb  22"]);
});
