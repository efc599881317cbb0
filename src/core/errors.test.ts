import { expect, test } from "vitest";
import { coreErrors, errorCatalogue, MorningError } from "./errors.ts";

test("an error has code, status, message and fix, and crosses processes as plain data", () => {
  const error = coreErrors.MOR_CONFLICT("table orders: version 3", { details: { version: 3 } });
  expect(error).toMatchObject({ name: "MorningError", code: "MOR_CONFLICT", status: 409 });
  const revived = MorningError.revive(JSON.parse(JSON.stringify(error)));
  expect(revived.toJSON()).toEqual(error.toJSON());
  expect(MorningError.is(revived, "MOR_CONFLICT")).toBe(true);
});

test("errors are told by code, also those of another copy of the package", () => {
  const foreign = { brand: "morning-ai/error", code: "MOR_X" };
  expect(MorningError.is(foreign, "MOR_X")).toBe(true);
  for (const other of [undefined, null, "MOR_X", new Error("MOR_X"), { code: "MOR_X" }]) {
    expect(MorningError.is(other)).toBe(false);
  }
  expect(MorningError.is(coreErrors.MOR_INTERNAL("x"), "MOR_TIMEOUT")).toBe(false);
});

test("an occurrence may know a better fix than the catalogue", () => {
  const own = errorCatalogue({ MOR_TEST: { status: 400, title: "T.", fix: "Common." } });
  expect(own.MOR_TEST("x").fix).toBe("Common.");
  expect(own.MOR_TEST("x", { fix: "Better.", cause: 1 })).toMatchObject({
    fix: "Better.",
    cause: 1,
  });
});

test("every core error has a status of HTTP, a title and a fix", () => {
  for (const [code, { status, title, fix }] of Object.entries(coreErrors.specs)) {
    expect(code).toMatch(/^MOR_[A-Z_]+$/);
    expect(status >= 400 && status <= 599).toBe(true);
    expect(title).toMatch(/^[A-Z].*\.$/);
    expect(fix).toMatch(/^[A-Z].*\.$/);
  }
});
