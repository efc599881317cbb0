import { describe, expect, it } from "vitest";
import { fingerprintOf, messageTemplate } from "./fingerprint.ts";
import { isRegression } from "./groups.ts";
import { sourceMaps } from "./sourcemaps.ts";
import { framesOf } from "./stack.ts";

const node = `TypeError: Cannot read properties of undefined (reading 'total')
    at charge (/app/src/payments.ts:42:17)
    at async settle (file:///app/src/orders.ts:7:3)
    at Layer.handle (/app/node_modules/express/lib/router/layer.js:95:5)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`;

const python = `Traceback (most recent call last):
  File "/srv/app/main.py", line 10, in handle
    pay(order)
  File "/srv/app/pay.py", line 3, in pay
    raise ValueError("no card")
ValueError: no card`;

const java = `java.lang.IllegalStateException: no stock
\tat com.shop.Stock.take(Stock.java:42)
\tat org.springframework.web.Servlet.doGet(Servlet.java:10)`;

const go = `panic: no card

goroutine 1 [running]:
main.pay(0x1, 0x2)
\t/srv/app/pay.go:42 +0x1d
main.main()
\t/srv/app/main.go:9 +0x20`;

const facts = { service: "orders", type: "TypeError", message: "x is 1", stack: node };

describe("stacks", () => {
  it("are read innermost first, and the app's own code is told from libraries", () => {
    expect(framesOf(node).map((one) => [one.function, one.line, one.inApp])).toEqual([
      ["charge", 42, true],
      ["async settle", 7, true],
      ["Layer.handle", 95, false],
      ["process.processTicksAndRejections", 95, false],
    ]);
    expect(framesOf(python).map((one) => [one.function, one.line])).toEqual([
      ["pay", 3],
      ["handle", 10],
    ]);
    expect(framesOf(java).map((one) => [one.function, one.inApp])).toEqual([
      ["com.shop.Stock.take", true],
      ["org.springframework.web.Servlet.doGet", false],
    ]);
    expect(framesOf(go).map((one) => one.function)).toEqual(["main.pay", "main.main"]);
  });

  it("are bounded, whatever they are made of", () => {
    const deep = `Error: x\n${"    at f (/app/a.js:1:1)\n".repeat(100_000)}`;
    expect(framesOf(deep).length).toBe(100);
    for (const text of [
      "",
      "(".repeat(200_000),
      `File "${"a".repeat(200_000)}`,
      "\n".repeat(1e5),
    ]) {
      const began = performance.now();
      framesOf(text);
      messageTemplate(text);
      expect(performance.now() - began).toBeLessThan(1000);
    }
  });
});

describe("the fingerprint", () => {
  it("does not change with lines, folders, messages and bundle hashes", () => {
    const moved = node.replaceAll("/app/src", "/home2/app/src").replace(":42:17", ":45:1");
    const first = fingerprintOf(facts);
    expect(fingerprintOf({ ...facts, stack: moved, message: "x is 2" }).id).toBe(first.id);
    expect(first).toMatchObject({ by: "stack", culprit: "charge (src/payments.ts)" });
    const bundle = (hash: string): string =>
      `Error: x\n    at go (https://shop.tw/assets/app-${hash}.js:1:4242)`;
    const one = fingerprintOf({ ...facts, stack: bundle("Bx9f31Zq") });
    expect(fingerprintOf({ ...facts, stack: bundle("Q81kdo2w") }).id).toBe(one.id);
  });

  it("differs by service, type and calls", () => {
    const first = fingerprintOf(facts).id;
    expect(fingerprintOf({ ...facts, service: "users" }).id).not.toBe(first);
    expect(fingerprintOf({ ...facts, type: "RangeError" }).id).not.toBe(first);
    expect(fingerprintOf({ ...facts, stack: node.replace("settle", "cancel") }).id).not.toBe(first);
  });

  it("takes the message where there is no stack, without what varies", () => {
    const without = { ...facts, stack: "" };
    const a = fingerprintOf({ ...without, message: "order 17 of a@b.tw failed after 3.5 s" });
    const b = fingerprintOf({ ...without, message: "order 9 of c@d.tw failed after 12 s" });
    expect(a.id).toBe(b.id);
    expect(a).toMatchObject({
      by: "message",
      parts: ["TypeError", "order <n> of <email> failed after <n> s"],
    });
    expect(fingerprintOf({ ...without, message: "cart is empty" }).id).not.toBe(a.id);
  });

  it("follows the sender, with its own part for the usual one", () => {
    const wanted = fingerprintOf({ ...facts, wanted: ["{{ default }}", "tenant-7"] });
    expect(wanted.by).toBe("sender");
    expect(wanted.parts.at(-1)).toBe("tenant-7");
    expect(wanted.parts.length).toBe(fingerprintOf(facts).parts.length + 1);
    expect(fingerprintOf({ ...facts, wanted: ["{{ default }}"] }).id).toBe(fingerprintOf(facts).id);
  });

  it("is the same for any depth of recursion", () => {
    const deep = (calls: number): string =>
      `Error: x\n${"    at walk (/app/tree.ts:9:1)\n".repeat(calls)}    at run (/app/run.ts:1:1)`;
    expect(fingerprintOf({ ...facts, stack: deep(3) }).id).toBe(
      fingerprintOf({ ...facts, stack: deep(40) }).id,
    );
  });
});

describe("a regression", () => {
  const since = (release: string): number | undefined => ({ v1: 100, v2: 200, v3: 300 })[release];
  const resolved = { status: "resolved", resolvedAtMs: 250, resolvedRelease: "v2" } as const;
  it("is an error after the mend, in its release or a later one", () => {
    expect(isRegression(resolved, { release: "v3", lastMs: 310 }, since)).toBe(true);
    expect(isRegression(resolved, { release: "v2", lastMs: 310 }, since)).toBe(true);
    expect(isRegression(resolved, { release: "v1", lastMs: 310 }, since)).toBe(false);
    expect(isRegression(resolved, { release: "v3", lastMs: 240 }, since)).toBe(false);
    expect(
      isRegression({ ...resolved, status: "open" }, { release: "v3", lastMs: 310 }, since),
    ).toBe(false);
    expect(
      isRegression({ ...resolved, resolvedRelease: "" }, { release: "v1", lastMs: 260 }, since),
    ).toBe(true);
  });
});

describe("source maps", () => {
  // `charge` of pay.ts, line 2, column 9, is at line 1, column 100 of app.js.
  const map = JSON.stringify({
    version: 3,
    sources: ["src/pay.ts"],
    sourcesContent: ["import x;\nfunction charge() {\n  throw new Error();\n}"],
    names: ["charge"],
    mappings: "oGACSA",
  });
  const frame = {
    file: "https://shop.tw/assets/app.js?v=1",
    function: "e",
    line: 1,
    column: 101,
    inApp: true,
  };

  it("lead to the line of code, with what stands around it", () => {
    const maps = sourceMaps();
    maps.put("v7", "assets/app.js", map);
    const found = maps.map("v7", frame);
    expect(found).toMatchObject({ file: "src/pay.ts", function: "charge", line: 2, column: 10 });
    expect(found.context).toEqual({
      before: ["import x;"],
      line: "function charge() {",
      after: ["  throw new Error();", "}"],
    });
    expect(maps.map("v8", frame)).toBe(frame);
    expect(maps.has("v7")).toBe(true);
  });

  it("that are none are refused by name", () => {
    const maps = sourceMaps();
    for (const text of ["", "{}", '{"version":2,"sources":[],"mappings":""}', "[1]"]) {
      expect(() => maps.put("v1", "a.js", text)).toThrow(/source map of a.js/);
    }
  });
});
