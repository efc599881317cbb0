import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { accepted, created, del, get, noContent, ok, post, reply } from "./http.ts";
import type { AnswerOf, PathParams } from "./http.ts";
import type { CallInput } from "./service.ts";

test("path parameters are typed from the template", () => {
  expectTypeOf<PathParams<"/a/:id/b/:item">>().toEqualTypeOf<
    { readonly id: string } & { readonly item: string }
  >();
  expectTypeOf<PathParams<"/a">>().toBeUnknown();
  get("/orders/:id", ({ params }) => {
    expectTypeOf(params.id).toEqualTypeOf<string>();
    // @ts-expect-error the path names no such parameter
    return params.other as string;
  });
  expect(get("/x", () => 1)).toMatchObject({ method: "get", path: "/x", options: {} });
});

test("a handler without a body schema gets no typed body", () => {
  post("/x", ({ body }) => {
    expectTypeOf(body).toBeUnknown();
    // @ts-expect-error an unknown body has no members
    return body.name as string;
  });
  expect(post("/x", { summary: "s" }, () => 1).options).toEqual({ summary: "s" });
});

test("replies carry status, body and headers", () => {
  expect(ok(1)).toEqual({ reply: true, status: 200, body: 1, headers: {} });
  expect(created(1).status).toBe(201);
  expect(accepted(1).status).toBe(202);
  expect(noContent()).toMatchObject({ status: 204, body: undefined });
  expect(reply(418, "x", { a: "b" }).headers).toEqual({ a: "b" });
  expectTypeOf<AnswerOf<Promise<ReturnType<typeof created<{ id: string }>>>>>().toEqualTypeOf<{
    id: string;
  }>();
  expectTypeOf<AnswerOf<Promise<number>>>().toEqualTypeOf<number>();
});

test("a caller gives exactly what the route takes", () => {
  const route = post(
    "/a/:id",
    { query: z.object({ page: z.number().optional() }), body: z.object({ n: z.number() }) },
    () => 1,
  );
  type Input = CallInput<typeof route>;
  expectTypeOf<Input["params"]>().toEqualTypeOf<{ readonly id: string }>();
  expectTypeOf<Input["body"]>().toEqualTypeOf<{ n: number }>();
  const bare = del("/a", () => 1);
  expectTypeOf<CallInput<typeof bare>["body"]>().toEqualTypeOf<undefined>();
  expect(bare.method).toBe("delete");
});
