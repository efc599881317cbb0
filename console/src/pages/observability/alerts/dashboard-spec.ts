import type { AnswerOf } from "../../../api/client.ts";

/** A dashboard as the API has it. */
export type DashboardView = AnswerOf<"/telemetry/dashboards", "get">["dashboards"][number];
export type DashboardSpec = DashboardView["spec"];
export type PanelSpec = DashboardSpec["panels"][number];
export type PanelSource = PanelSpec["source"];
export type RecordsSource = Extract<PanelSource, { readonly type: "records" }>;

/** The dashboard that holds statements which somebody saved in the workbench. */
export const queriesName = "saved-queries";

const quoted = (text: string): string => JSON.stringify(text);

function written(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    if (value.every((one) => typeof one !== "object")) {
      return `[${value.map((one) => written(one, "")).join(", ")}]`;
    }
    const items = value.map((one) => `${indent}  ${written(one, `${indent}  `)},\n`);
    return `[\n${items.join("")}${indent}]`;
  }
  if (typeof value === "object" && value !== null) {
    const parts = Object.entries(value).map(([name, part]) => {
      const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
      return [key, written(part, `${indent}  `)] as const;
    });
    const line = `{ ${parts.map(([key, part]) => `${key}: ${part}`).join(", ")} }`;
    if (line.length + indent.length <= 90 && !line.includes("\n")) return line;
    return `{\n${parts.map(([key, part]) => `${indent}  ${key}: ${part},\n`).join("")}${indent}}`;
  }
  return JSON.stringify(value) ?? "undefined";
}

/** `checkout-2` as an identifier: `checkout2`. */
function identifier(name: string): string {
  const word = name.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) =>
    (next ?? "").toUpperCase(),
  );
  return /^[A-Za-z]/.test(word) ? word : `own${word}`;
}

/** A declaration in TypeScript: `export const shop = dashboard("shop", {…});`. */
export function declaration(
  make: "dashboard" | "alert" | "slo",
  name: string,
  spec: unknown,
): string {
  const head = `import { ${make} } from "morning-ai/observability";\n\n`;
  const constant = identifier(name === make ? `${name}-one` : name);
  return `${head}export const ${constant} = ${make}(${quoted(name)}, ${written(spec, "")});\n`;
}

/** A name for what somebody gave a title: lower case letters, digits and dashes. */
export function nameOf(title: string, fallback: string): string {
  const name = title
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[-0-9]+|-+$/g, "")
    .slice(0, 40)
    .replaceAll(/-+$/g, "");
  return name === "" ? fallback : name;
}

/** What is wrong with the text of a specification, of which a panel is still missing something. */
export function readSpec(text: string): DashboardSpec | undefined {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read !== "object" || read === null) return undefined;
    return Array.isArray((read as DashboardSpec).panels) ? (read as DashboardSpec) : undefined;
  } catch {
    return undefined;
  }
}
