// Runs measurements one after the other, each in a process of its own, so that none warms another:
// `npm run bench -- queue` runs the files bench/*queue*.bench.ts, `npm run soak` the
// bench/*.soak.ts.
import { spawnSync } from "node:child_process";
import { files, root } from "./tree.ts";

const [kind = "bench", ...given] = process.argv.slice(2);
const split = given.findIndex((one) => one.startsWith("-"));
const words = split === -1 ? given : given.slice(0, split);
const flags = split === -1 ? [] : given.slice(split);
const chosen = files(`bench/**/*.${kind}.ts`).filter(
  (path) => words.length === 0 || words.some((word) => path.includes(word)),
);
if (chosen.length === 0) {
  console.error(`no bench/*.${kind}.ts matches ${words.join(", ") || "anything"}`);
  process.exitCode = 1;
}
for (const path of chosen) {
  console.log(`== ${path}`);
  const args = ["--conditions=morning-source", "--expose-gc", path, ...flags];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
