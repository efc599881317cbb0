import { describe, expect, it } from "vitest";
import { healthOf, reachedIn, shapeOf } from "./shape.ts";

describe("the shape of a state machine", () => {
  it("has every state, those within too, and every way between them once", () => {
    const shape = shapeOf({
      StartAt: "Which",
      States: {
        Which: {
          Type: "Choice",
          Choices: [{ Next: "Each" }, { Next: "Each" }],
          Default: "Enough",
        },
        Enough: { Type: "Succeed" },
        Each: {
          Type: "Map",
          ItemProcessor: { StartAt: "Ask", States: { Ask: { Type: "Task", End: true } } },
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "Enough" }],
          Next: "Both",
        },
        Both: {
          Type: "Parallel",
          Branches: [
            { StartAt: "Left", States: { Left: { Type: "Pass", End: true } } },
            { StartAt: "Right", States: { Right: { Type: "Wait", End: true } } },
          ],
          End: true,
        },
      },
    });
    expect(shape.states.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "Which Choice",
      "Enough Succeed",
      "Each Map",
      "Ask Task",
      "Both Parallel",
      "Left Pass",
      "Right Wait",
    ]);
    expect(shape.links.map(({ from, to, way }) => `${from} ${way} ${to}`)).toEqual([
      "Which choice Each",
      "Which else Enough",
      "Each next Both",
      "Each caught Enough",
      "Each within Ask",
      "Both within Left",
      "Both within Right",
    ]);
  });

  it("of anything else is empty", () => {
    for (const odd of [{}, { States: 7 }, { States: { A: null } }, { States: [] }]) {
      expect(shapeOf(odd).links).toEqual([]);
    }
  });
});

describe("how far a run came", () => {
  const entered = (name: string) => ({ stateEnteredEventDetails: { name } });
  const left = (name: string) => ({ stateExitedEventDetails: { name } });

  it("counts what was entered and left", () => {
    const reached = reachedIn([entered("A"), left("A"), entered("B"), entered("B"), left("B"), {}]);
    expect(reached.get("A")).toEqual({ entered: 1, left: 1 });
    expect(reached.get("B")).toEqual({ entered: 2, left: 1 });
    expect(reached.get("C")).toBeUndefined();
  });

  it("is well where all was left, and failed where a run that failed still was", () => {
    expect(healthOf(undefined, true)).toBe("unknown");
    expect(healthOf({ entered: 2, left: 2 }, true)).toBe("ok");
    expect(healthOf({ entered: 2, left: 1 }, true)).toBe("failing");
    expect(healthOf({ entered: 2, left: 1 }, false)).toBe("unknown");
  });
});
