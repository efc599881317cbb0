import { expect, test } from "vitest";
import { z } from "zod";
import { makeComponents } from "./components.ts";

const Money = z
  .object({ amount: z.number().default(0), currency: z.string() })
  .meta({ id: "Money" });
const Price = z.object({ now: Money, before: Money.optional() });

test("what has a name becomes one component, referred to from wherever it is used", () => {
  const components = makeComponents();
  const price = components.embed(Price, "output", "price");
  expect(price["properties"]).toEqual({
    now: { $ref: "#/components/schemas/Money" },
    before: { $ref: "#/components/schemas/Money" },
  });
  expect(components.embed(Money, "output", "x")).toEqual({ $ref: "#/components/schemas/Money" });
  expect(Object.keys(components.all())).toEqual(["Money"]);
  expect(JSON.stringify(components.all())).not.toContain("$defs");
});

test("one name with two meanings gives two components", () => {
  const components = makeComponents();
  components.embed(Price, "output", "a");
  const sent = components.embed(Price, "input", "b");
  expect(JSON.stringify(sent)).toContain("#/components/schemas/Money.input");
  const other = z.object({ m: z.object({ x: z.string() }).meta({ id: "Mon/ey" }) });
  components.embed(other, "output", "c");
  const { Money: output, "Money.input": input, "Mon-ey": odd } = components.all();
  expect(output?.["required"]).toEqual(["amount", "currency"]);
  expect(input?.["required"]).toEqual(["currency"]);
  expect(odd?.["required"]).toEqual(["x"]);
});

test("a schema that contains itself is a component, named by its place if it has no name", () => {
  const Tree = z.object({
    label: z.string(),
    get branches() {
      return z.array(Tree);
    },
  });
  const components = makeComponents();
  expect(components.embed(Tree, "output", "tree")).toEqual({ $ref: "#/components/schemas/tree" });
  const wrapped = components.embed(z.object({ tree: Tree }), "output", "wrapped");
  const [, reference = ""] = /"\$ref":"([^"]+)"/.exec(JSON.stringify(wrapped)) ?? [];
  const name = reference.replace("#/components/schemas/", "");
  expect(components.all()[name]).toMatchObject({
    properties: { branches: { items: { $ref: reference } } },
  });
});
