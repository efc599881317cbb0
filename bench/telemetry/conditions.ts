/** Under which conditions figures were taken, as the lines that stand above them. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

const pinned = (path: string, pattern: RegExp): string =>
  pattern.exec(readFileSync(new URL(path, import.meta.url), "utf8"))?.[1] ?? "?";

function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const source = ["src", "bench", ":!bench/results"];
  const isChanged = git("status", "--porcelain", "--", ...source) !== "";
  return `${git("rev-parse", "--short", "HEAD")}${isChanged ? " and changes not committed" : ""}`;
}

/** The versions of the peers, as the scripts that build them pin them. */
export function peerVersions(): string {
  const engines = "../../scripts/engines/more.sh";
  const jaeger = pinned(engines, /^jaeger_version=v(\S+)/m);
  const victoria = pinned(engines, /^victorialogs_version=v(\S+)/m);
  const collector = pinned(
    "../../scripts/engines/collector/go.mod.txt",
    /collector\/otelcol v(\S+)/,
  );
  return `VictoriaLogs ${victoria}, Jaeger ${jaeger}, OpenTelemetry Collector ${collector}`;
}

/** The machine, what else it did, what was measured and when. */
export function conditions(loadBefore: number): string {
  const [load = 0] = loadavg();
  const memory = Math.round(totalmem() / 2 ** 30);
  return (
    `${new Date().toISOString().slice(0, 10)}, commit ${commit()}; ${cpus().length} x ` +
    `${cpus()[0]?.model ?? "?"}, ${memory} GiB, Node ${process.version}; load of the machine ` +
    `${loadBefore.toFixed(1)} before and ${load.toFixed(1)} at the end, others used it as well`
  );
}

/** Text in lines of at most 100 characters. */
export function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > 100) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
