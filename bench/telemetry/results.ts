import { readFileSync, writeFileSync } from "node:fs";

/** Writes a section of a file of results; the other sections stay as they stand there. */
export function writeSection(name: string, section: string): void {
  const file = new URL(`../results/${name}.md`, import.meta.url);
  const heading = section.slice(0, section.indexOf("\n"));
  const parts = readFileSync(file, "utf8")
    .trimEnd()
    .split(/\n(?=## )/);
  const kept = parts.findIndex((part) => part.startsWith(`${heading}\n`));
  if (kept === -1) parts.push(section);
  else parts[kept] = section;
  writeFileSync(file, `${parts.map((part) => part.trimEnd()).join("\n\n")}\n`);
}
