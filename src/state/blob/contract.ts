import { afterAll, beforeAll, describe, expect, test as vitestTest } from "vitest";
import type { Held } from "../../core/resource.ts";
import { testHost } from "../../testing/host.ts";
import { blob } from "./blob.ts";
import type { Blob, BlobContent } from "./blob.ts";
import type { BlobDriver } from "./driver.ts";
import { openBlobs } from "./runtime.ts";

const files = blob("files", { bytesMax: 20 * 2 ** 20 });
const others = blob("others", { bytesMax: 100 });

/** The sets that the engine under test must have. */
export const contractSets: readonly Blob[] = [files, others];

const uses = { files: files.readWriter(), others: others.readWriter() };

/** What a contract needs of its engine. */
export interface BlobsUnderTest {
  readonly driver: BlobDriver;
  close(): Promise<void>;
}

/** Bytes that tell where they stand. */
function pattern(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + (at >> 8) * seed) & 0xff;
  return bytes;
}

async function* inParts(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

/** What every blob driver must do on its engine. */
export function blobContract(
  name: string,
  open: () => Promise<BlobsUnderTest>,
  options: { readonly skip?: boolean; gap?(name: string): string | undefined } = {},
): void {
  const test = (title: string, run: () => Promise<void>): void =>
    vitestTest.skipIf(options.gap?.(title) !== undefined)(title, run);

  describe.skipIf(options.skip === true)(name, () => {
    let opened: BlobsUnderTest;
    let held: Held<typeof uses>;
    const put = (key: string, content: BlobContent = key): Promise<unknown> =>
      held.files.put(key, content);
    const textOf = async (key: string): Promise<string | undefined> =>
      (await held.files.get(key))?.text();

    beforeAll(async () => {
      opened = await open();
      const runtime = await openBlobs(testHost(), opened.driver, contractSets);
      const holder = { service: "suite" };
      held = {
        files: runtime.hold(uses.files, holder),
        others: runtime.hold(uses.others, holder),
      } as Held<typeof uses>;
    });
    afterAll(() => opened.close());

    test("what is put is read back with its size and type, until it is replaced", async () => {
      const info = await held.files.put("a/b.txt", "hello 文字", { contentType: "text/plain" });
      expect(info).toMatchObject({ key: "a/b.txt", size: 12, contentType: "text/plain" });
      const found = await held.files.get("a/b.txt");
      expect(found?.info).toMatchObject({ size: 12, contentType: "text/plain", etag: info.etag });
      expect(found?.info.updatedAtMs).toBeGreaterThan(0);
      expect(await found?.text()).toBe("hello 文字");
      const replaced = await held.files.put("a/b.txt", "bye");
      expect(replaced.etag).not.toBe(info.etag);
      expect(await textOf("a/b.txt")).toBe("bye");
      await held.files.put("empty", "");
      expect(await textOf("empty")).toBe("");
    });

    test("sets do not see each other, and what is deleted is gone", async () => {
      await put("same", "files");
      await held.others.put("same", "others");
      expect(await textOf("same")).toBe("files");
      await held.files.delete("same");
      await held.files.delete("same");
      expect(await held.files.get("same")).toBe(undefined);
      expect(await held.files.getInfo("same")).toBe(undefined);
      expect(await (await held.others.get("same"))?.text()).toBe("others");
    });

    test("a range is exactly its bytes, and one outside is a named error", async () => {
      const bytes = pattern(3 * 2 ** 20 + 17);
      await put("ranged", bytes);
      const range = async (start: number, end?: number): Promise<Uint8Array> => {
        const asked = end === undefined ? { start } : { start, end };
        const found = await held.files.get("ranged", { range: asked });
        return (await found?.bytes()) ?? new Uint8Array();
      };
      expect(await range(0, 0)).toEqual(bytes.slice(0, 1));
      expect(await range(1_000_000, 2_500_000)).toEqual(bytes.slice(1_000_000, 2_500_001));
      expect(await range(bytes.length - 5)).toEqual(bytes.slice(-5));
      expect(await range(bytes.length - 5, bytes.length + 100)).toEqual(bytes.slice(-5));
      for (const [start, end] of [
        [bytes.length, bytes.length],
        [-1, 5],
        [5, 4],
      ] as const) {
        await expect(range(start, end)).rejects.toMatchObject({ code: "MOR_BLOB_RANGE" });
      }
    });

    test("a large blob goes in and out in parts, as it comes", async () => {
      const bytes = pattern(17 * 2 ** 20 + 3, 7);
      const info = await held.files.put("large", inParts(bytes, 777_777));
      expect(info.size).toBe(bytes.byteLength);
      const found = await held.files.get("large");
      let at = 0;
      for await (const part of found?.stream() ?? []) {
        expect(part.byteLength).toBeLessThanOrEqual(2 ** 20);
        expect(Buffer.compare(part, bytes.subarray(at, at + part.byteLength))).toBe(0);
        at += part.byteLength;
      }
      expect(at).toBe(bytes.byteLength);
    });

    test("content that fails or is too large leaves what was there", async () => {
      await put("stays", "before");
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield pattern(9 * 2 ** 20);
        throw new Error("the sender is gone");
      }
      await expect(put("stays", failing())).rejects.toThrow("the sender is gone");
      const large = { code: "MOR_BLOB_TOO_LARGE" };
      await expect(put("stays", inParts(pattern(21 * 2 ** 20), 2 ** 20))).rejects.toMatchObject(
        large,
      );
      await expect(held.others.put("small", "x".repeat(101))).rejects.toMatchObject(large);
      expect(await textOf("stays")).toBe("before");
      expect(await held.others.get("small")).toBe(undefined);
    });

    test("a blob that is replaced while it is read is a conflict, never a mixture", async () => {
      const [one, two] = [pattern(2 ** 21, 1), pattern(2 ** 21, 2)];
      await put("mixed", one);
      const found = await held.files.get("mixed");
      const stream = found?.stream()[Symbol.asyncIterator]();
      await stream?.next();
      await put("mixed", two);
      await expect(stream?.next()).rejects.toMatchObject({ code: "MOR_CONFLICT" });
      await held.files.delete("mixed");
      await expect(found?.bytes()).rejects.toMatchObject({ code: "MOR_CONFLICT" });
    });

    test("of many puts of one key at once one wins, whole", async () => {
      const contents = Array.from({ length: 8 }, (_, at) => String(at).repeat(100_000));
      await Promise.all(contents.map((content) => put("raced", content)));
      expect(contents).toContain(await textOf("raced"));
    });

    test("lists are by prefix, in the order of the keys' bytes, page by page", async () => {
      const keys = ["l/Z", "l/a", "l/a-b", "l/a/b", "l/é", "l/文", "l/😀", "l0"];
      await Promise.all(keys.map((key) => put(key)));
      const wanted = keys.slice(0, -1);
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const more = cursor === undefined ? {} : { cursor };
        const page = await held.files.list({ prefix: "l/", limit: 3, ...more });
        found.push(...page.blobs.map(({ key }) => key));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(found).toEqual(wanted);
      const [first] = (await held.files.list({ prefix: "l/a", limit: 1 })).blobs;
      expect(first).toMatchObject({ key: "l/a", size: 3 });
      expect((await held.files.list({ prefix: "none/" })).blobs).toEqual([]);
      await expect(held.files.list({ limit: 1001 })).rejects.toMatchObject({ code: "MOR_INVALID" });
    });

    test("a key is only a name, whatever it looks like", async () => {
      const keys = ["../../etc/passwd", "/abs", "..", ".", "a//b", "a\\..\\b", "%2e%2e", "con?*:|"];
      await Promise.all(keys.map((key) => put(key, `content of ${key}`)));
      for (const key of keys) expect(await textOf(key)).toBe(`content of ${key}`);
      await Promise.all(keys.map((key) => held.files.delete(key)));
    });

    test("keys and types that are none are named errors", async () => {
      for (const key of ["", "a\u0000b", "a\nb", "k".repeat(1025), "\ud800"]) {
        await expect(put(key, "x")).rejects.toMatchObject({ code: "MOR_BLOB_KEY" });
        await expect(held.files.get(key)).rejects.toMatchObject({ code: "MOR_BLOB_KEY" });
      }
      await put("文".repeat(341), "long");
      for (const contentType of ["", "text", "text/plain\r\nx: y", `a/${"b".repeat(200)}`]) {
        const typed = held.files.put("t", "x", { contentType });
        await expect(typed).rejects.toMatchObject({ code: "MOR_BLOB_CONTENT_TYPE" });
      }
    });
  });
}
