import { createHash } from "node:crypto";
import { coreErrors } from "../../core/errors.ts";
import { workflowErrors } from "./errors.ts";
import type { Attributes, Progress } from "./program.ts";

const idLengthMax = 256;
const nameLengthMax = 256;
const attributesMax = 16;
const attributeNameMax = 64;
const attributeValueMax = 256;
const noteMax = 256;

/** Refuses an id that a run cannot have. @throws MOR_WORKFLOW_ID */
export function assertId(id: string): void {
  // The runs of a chain after the first are named by their number.
  if (id.length > 0 && id.length <= idLengthMax && !/~\d+$/.test(id) && !id.includes("\0")) return;
  throw workflowErrors.MOR_WORKFLOW_ID(
    `run ${id.slice(0, 40)}: an id has 1 to ${idLengthMax} characters, and does not end in ~ and ` +
      "a number",
  );
}

/** Refuses a name that an entry cannot have. @throws MOR_WORKFLOW_VALUE */
export function assertName(name: string): void {
  if (name.length > 0 && name.length <= nameLengthMax) return;
  throw workflowErrors.MOR_WORKFLOW_VALUE(
    `the name ${name.slice(0, 40)} has ${name.length} characters: 1 to ${nameLengthMax} may be`,
  );
}

/** Refuses what a run cannot be found by. @throws MOR_WORKFLOW_ATTRIBUTE */
export function assertAttributes(values: Attributes): void {
  const names = Object.entries(values).filter(([, value]) => value !== null);
  if (names.length > attributesMax) {
    throw workflowErrors.MOR_WORKFLOW_ATTRIBUTE(
      `${names.length} attributes are more than the ${attributesMax} that a run may have`,
    );
  }
  for (const [name, value] of names) assertAttribute(name, value);
}

function assertAttribute(name: string, value: unknown): void {
  const isFlat =
    typeof value === "boolean" ||
    (typeof value === "number" && Number.isFinite(value)) ||
    (typeof value === "string" && value.length <= attributeValueMax);
  if (isFlat && name.length > 0 && name.length <= attributeNameMax) return;
  throw workflowErrors.MOR_WORKFLOW_ATTRIBUTE(
    `attribute ${name.slice(0, 40)}: a name has up to ${attributeNameMax} characters, a value is ` +
      `a finite number, a boolean or a string of up to ${attributeValueMax} characters`,
  );
}

/** Progress as it is kept. */
export function progressOf(done: number, total?: number, note?: string): Progress {
  return {
    done: Number.isFinite(done) ? done : 0,
    ...(total === undefined || !Number.isFinite(total) ? {} : { total }),
    ...(note === undefined ? {} : { note: note.slice(0, noteMax) }),
  };
}

/** A key of fixed length for what may be long. */
export const digest = (...parts: readonly string[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
};

/** Bytes of a file that a step keeps. */
const artefactBytesMax = 16 * 1024 * 1024;
const artefactForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** @throws MOR_INVALID, MOR_WORKFLOW_VALUE_TOO_LARGE */
export function assertArtefact(name: string, content: string | Uint8Array): void {
  if (!artefactForm.test(name)) {
    throw coreErrors.MOR_INVALID(`artefact ${JSON.stringify(name.slice(0, 120))}: no such name`, {
      fix: "Use at most 100 letters, digits, dots, underscores and hyphens.",
    });
  }
  const bytes = typeof content === "string" ? Buffer.byteLength(content) : content.byteLength;
  if (bytes <= artefactBytesMax) return;
  throw workflowErrors.MOR_WORKFLOW_VALUE_TOO_LARGE(
    `artefact ${name} has ${bytes} bytes, and may have ${artefactBytesMax}`,
  );
}
