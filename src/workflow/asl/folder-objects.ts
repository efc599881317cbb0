import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { aslErrors } from "./errors.ts";
import type { ListedObject, ObjectStore } from "./host.ts";

/** The file of an object; nothing outside the folder is reached. */
function fileOf(folder: string, bucket: string, key: string): string {
  const path = join(folder, bucket, key);
  const inside = relative(folder, path);
  if (bucket === "" || inside === "" || inside.startsWith("..")) {
    throw aslErrors.MOR_ASL_INPUT_INVALID(`s3://${bucket}/${key} is no object of the folder`);
  }
  return path;
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "EISDIR", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** Objects as files: a folder a bucket, for trying out distributed Maps. */
export function folderObjects(folder: string): ObjectStore {
  const described = async (bucket: string, key: string): Promise<ListedObject> => {
    const path = fileOf(folder, bucket, key);
    const [{ size, mtimeMs }, body] = await Promise.all([stat(path), readFile(path)]);
    const etag = `"${createHash("md5").update(body).digest("hex")}"`;
    return { key, size, modifiedMs: mtimeMs, etag };
  };
  return {
    async get(bucket, key) {
      try {
        return await readFile(fileOf(folder, bucket, key));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async list(bucket, prefix) {
      const base = fileOf(folder, bucket, ".");
      const found = await readdir(base, { recursive: true, withFileTypes: true });
      const keys = found
        .filter((entry) => entry.isFile())
        .map((entry) => relative(base, join(entry.parentPath, entry.name)).split(sep).join("/"))
        .filter((key) => key.startsWith(prefix))
        .sort();
      return Promise.all(keys.map((key) => described(bucket, key)));
    },
    async put(bucket, key, body) {
      const path = fileOf(folder, bucket, key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, body);
    },
  };
}
