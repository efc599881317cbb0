import { platformBlobs } from "../core/capabilities/blobs.ts";
import type { OwnBlobs } from "../core/capabilities/blobs.ts";
import { coreErrors } from "../core/errors.ts";
import type { Host } from "../core/host.ts";
import type { Artefacts } from "./engine/program.ts";

/** A file that a step left behind. */
export interface ArtefactView {
  /** The entry that it is beside. */
  readonly at: string;
  readonly name: string;
}

/** Files of steps, in blob storage: a folder for each run, in it one for each entry. */
export class RunFiles implements Artefacts {
  readonly #host: Host;
  #blobs: Promise<OwnBlobs> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  #open(): Promise<OwnBlobs> {
    this.#blobs ??= this.#host.need(platformBlobs).open("workflow-artefacts");
    return this.#blobs;
  }

  async put(run: string, at: string, name: string, content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    await (await this.#open()).put(`${folderOf(run)}${at}/${name}`, bytes);
  }

  async list(run: string): Promise<readonly ArtefactView[]> {
    const folder = folderOf(run);
    const keys = await (await this.#open()).list(folder);
    return keys.map((key) => {
      const [at = "", name = ""] = key.slice(folder.length).split("/");
      return { at, name };
    });
  }

  /** @throws MOR_NOT_FOUND */
  async get(run: string, at: string, name: string): Promise<Uint8Array> {
    const found = await (await this.#open()).get(`${folderOf(run)}${at}/${name}`);
    if (found !== undefined) return found;
    throw coreErrors.MOR_NOT_FOUND(`run ${run} has no artefact ${name} at ${at}`);
  }

  async remove(runs: readonly string[]): Promise<void> {
    const blobs = await this.#open();
    for (const run of runs) {
      for (const key of await blobs.list(folderOf(run))) await blobs.delete(key);
    }
  }
}

/** Ids are any text; a key of a blob is not. */
const folderOf = (run: string): string => `${Buffer.from(run).toString("hex")}/`;
