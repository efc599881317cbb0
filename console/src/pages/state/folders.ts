import type { AnswerOf } from "../../api/client.ts";

/** An object as the API lists it. */
export type StoredObject = AnswerOf<"/blobs/{name}/objects", "get">["blobs"][number];

/** A folder: keys that go on after the same slash. */
export interface Folder {
  readonly kind: "folder";
  /** With the prefix that it lies in, and the slash at its end. */
  readonly prefix: string;
  /** Of those that were read. */
  readonly objects: number;
  readonly bytes: number;
}

/** What stands in one folder: folders and objects. */
export type Entry = Folder | { readonly kind: "object"; readonly object: StoredObject };

const separator = "/";

/** What lies right below a prefix, in the order of the keys. */
export function entriesOf(objects: readonly StoredObject[], prefix: string): readonly Entry[] {
  const folders = new Map<string, Folder>();
  const entries: (Entry | string)[] = [];
  for (const object of objects) {
    const slash = object.key.indexOf(separator, prefix.length);
    if (slash === -1) {
      entries.push({ kind: "object", object });
      continue;
    }
    const name = object.key.slice(0, slash + 1);
    const before = folders.get(name);
    if (before === undefined) entries.push(name);
    folders.set(name, {
      kind: "folder",
      prefix: name,
      objects: (before?.objects ?? 0) + 1,
      bytes: (before?.bytes ?? 0) + object.size,
    });
  }
  return entries.flatMap((entry) => {
    const found = typeof entry === "string" ? folders.get(entry) : entry;
    return found === undefined ? [] : [found];
  });
}

/** The folders above a prefix, the outermost first: `a/b/` lies in `a/`. */
export function pathOf(
  prefix: string,
): readonly { readonly name: string; readonly prefix: string }[] {
  const parts = prefix.split(separator).slice(0, -1);
  return parts.map((name, at) => ({
    name,
    prefix: parts.slice(0, at + 1).join(separator) + separator,
  }));
}

/** The folder that a typed prefix lies in: `a/b/c` is looked for in `a/b/`. */
export const folderOf = (prefix: string): string =>
  prefix.slice(0, prefix.lastIndexOf(separator) + 1);
