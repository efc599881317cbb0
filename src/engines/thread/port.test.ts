import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { coreErrors } from "../../core/errors.ts";
import { joinThread } from "./port.ts";

interface Sums {
  add(a: bigint, b: bigint): Promise<bigint>;
  fail(): Promise<never>;
  size(bytes: Uint8Array): Promise<number>;
}

function pair(): { here: ReturnType<typeof joinThread>; readonly close: () => void } {
  const { port1, port2 } = new MessageChannel();
  const here = joinThread(port1, {});
  joinThread(port2, {
    sums: {
      add: async (a: bigint, b: bigint) => a + b,
      fail: async () => {
        throw coreErrors.MOR_NOT_FOUND("no such thing");
      },
      size: async (bytes: Uint8Array) => bytes.length,
    },
  });
  return { here, close: () => port1.close() };
}

describe("a thread's port", () => {
  it("calls, answers, and passes named errors on", async () => {
    const { here, close } = pair();
    const sums = here.service<Sums>("sums");
    expect(await sums.add(2n, 3n)).toBe(5n);
    await expect(sums.fail()).rejects.toMatchObject({ code: "MOR_NOT_FOUND" });
    await expect(here.call("sums", "none", [])).rejects.toMatchObject({ code: "MOR_NOT_FOUND" });
    const inherited = here.call("sums", "toString", []);
    await expect(inherited).rejects.toMatchObject({ code: "MOR_NOT_FOUND" });
    close();
  });

  it("moves what is transferred", async () => {
    const { here, close } = pair();
    const bytes = new Uint8Array(10);
    expect(await here.call("sums", "size", [bytes], [bytes.buffer])).toBe(10);
    expect(bytes.length).toBe(0);
    close();
  });

  it("fails what waits when the other thread is gone, and what comes after", async () => {
    const { here, close } = pair();
    const waits = here.call("sums", "add", [1n, 1n]);
    here.fail(coreErrors.MOR_ENGINE_UNAVAILABLE("the thread ended"));
    await expect(waits).rejects.toMatchObject({ code: "MOR_ENGINE_UNAVAILABLE" });
    await expect(here.call("sums", "add", [1n, 1n])).rejects.toThrow(/ended/);
    close();
  });
});
