import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStage } from "../stage.contract.ts";
import type { Stage } from "../stage.contract.ts";
import { encodingRules } from "./rules-encodings.contract.ts";
import { outcomeRules } from "./rules-outcomes.contract.ts";
import { transportRules } from "./rules-transport.contract.ts";
import { limit, postTo } from "./rules.contract.ts";
import type { Rule } from "./rules.contract.ts";

let stage: Stage;
/** What the store does with the next writes. */
let failure: Error | undefined;

beforeAll(async () => {
  stage = await openStage({
    authorize: (headers, address) => {
      const key = headers["authorization"];
      if (key === "Bearer wrong") return { status: 401, message: "the key is not known" };
      if (key === "Bearer viewer") return { status: 403, message: "the key may not ingest" };
      return { client: key ?? address };
    },
    write: async () => {
      if (failure !== undefined) throw failure;
    },
    limits: { budgetBytes: 4 * limit, holdMsMax: 0 },
    ingest: {
      bodyBytesMax: limit,
      origins: ["https://shop.example"],
      otlpLimits: { recordsMax: 50 },
    },
  });
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.clear();
  failure = undefined;
});

describe("the OTLP specification", () => {
  it.each(
    [...transportRules, ...outcomeRules, ...encodingRules].map((rule) => [
      rule.section,
      rule.rule,
      rule,
    ]),
  )("%s: %s", async (_section, _name, rule) =>
    (rule as Rule).prove({
      stage,
      post: (...request) => postTo(stage.http, ...request),
      failWith: (error) => void (failure = error),
    }),
  );

  it("counts everything that was refused, with a sample", () => {
    const reasons = new Set(stage.dropped.list().map(({ reason }) => reason));
    for (const reason of ["malformed", "too-large", "media-type", "unauthorized", "overload"]) {
      expect(reasons).toContain(reason);
    }
    for (const reason of ["unknown-path", "unavailable", "invalid-id", "limit", "attributes"]) {
      expect(reasons).toContain(reason);
    }
    expect(stage.dropped.list().every(({ count, sample }) => count > 0 && sample !== "")).toBe(
      true,
    );
  });
});
