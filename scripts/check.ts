// Every gate but the tests: `npm run check`, or `npm run check -- lint types` for some of them. Two
// run at a time; what a failed one printed comes after its line.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { files, root } from "./tree.ts";

interface Gate {
  readonly name: string;
  readonly command: readonly string[];
}

/** The gates in the order in which they start, the slowest first. */
function gates(): Gate[] {
  const types = (name: string, project: string): Gate[] =>
    existsSync(join(root, project)) ? [{ name, command: ["tsc", "-p", project] }] : [];
  const examples = files("examples/**/*.ts").length > 0;
  return [
    ...types("types", "tsconfig.json"),
    { name: "lint", command: ["oxlint"] },
    ...(examples ? types("types-examples", "tsconfig.examples.json") : []),
    ...types("types-console", "console/tsconfig.json"),
    { name: "tidy", command: ["vitest", "run", "scripts/tidy.test.ts", "scripts/tidy"] },
    { name: "exports", command: ["node", "scripts/exports.ts"] },
    { name: "format", command: ["oxfmt", "--check", "."] },
    { name: "generated", command: ["node", "scripts/gen.ts", "--check"] },
    { name: "lock", command: ["node", "scripts/lock.ts", "--check"] },
  ];
}

const bin = join(root, "node_modules", ".bin");
// The tidy tests are a part of the tests: what CI asks of a whole run does not hold for them.
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: bin + delimiter + process.env["PATH"],
  MORNING_CI: undefined,
  MORNING_TEST_SUMMARY: undefined,
};

/** Runs one gate and says how it went; resolves to whether it passed. */
async function passes({ name, command }: Gate): Promise<boolean> {
  const [program = "", ...args] = command;
  const began = performance.now();
  const output: Buffer[] = [];
  const child = spawn(join(bin, program), args, {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number>((done, fail) => {
    child.once("error", fail);
    child.once("close", (status) => {
      done(status ?? 1);
    });
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (code !== 0) process.stdout.write(Buffer.concat(output));
  return code === 0;
}

const asked = process.argv.slice(2);
const known = gates();
const unknown = asked.filter((name) => !known.some((gate) => gate.name === name));
if (unknown.length > 0) {
  console.error(
    `no gate ${unknown.join(", ")}; there are ${known.map(({ name }) => name).join(", ")}`,
  );
  process.exit(2);
}
const waiting = asked.length > 0 ? known.filter(({ name }) => asked.includes(name)) : known;
const results: boolean[] = [];
const worker = async (): Promise<void> => {
  for (let gate = waiting.shift(); gate !== undefined; gate = waiting.shift()) {
    results.push(await passes(gate));
  }
};
await Promise.all([worker(), worker()]);
const failed = results.filter((passed) => !passed).length;
console.log(failed === 0 ? "all gates passed" : `${failed} of ${results.length} gates failed`);
if (failed > 0) process.exitCode = 1;
