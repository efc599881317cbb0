import type { Json } from "../../../core/json.ts";
import { effectiveInput, fillExpressions, finish, partOf } from "../dataflow.ts";
import { queryFailure, runtimeFailure } from "../failure.ts";
import { numberField, wrongType } from "../numbers.ts";
import type { Done, Frame, MapItem } from "../run.ts";
import { own, textOf } from "../values.ts";
import { variables } from "../variables.ts";
import { runDistributed } from "./distributed.ts";
import { runGroup } from "./group.ts";
import type { MachineRunner } from "./parallel.ts";
import { selected } from "./selection.ts";

/** Iterations that an inline Map runs at once if no bound is given. */
const inlineConcurrency = 40;

async function itemsByExpression(frame: Frame): Promise<readonly Json[]> {
  const items = own(frame.state.fields, "Items");
  if (items === undefined) {
    if (Array.isArray(frame.input)) return frame.input;
    const what = `Map state input must be an array but was: ${textOf(frame.input)}`;
    throw queryFailure(what, {});
  }
  const value = await fillExpressions(frame, items, "Items");
  if (Array.isArray(value)) return value;
  const source = typeof items === "string" ? items : "";
  throw queryFailure(wrongType(source, "Items", "array", value), { location: "Items" });
}

/** The items of a Map that reads none from a store. */
async function itemsOf(frame: Frame, effective: Json): Promise<readonly Json[]> {
  if (frame.language === "JSONata") return itemsByExpression(frame);
  const path = own(frame.state.fields, "ItemsPath");
  const text = typeof path === "string" ? path : "$";
  const value = text === "$" ? effective : partOf(frame, text, effective);
  if (Array.isArray(value)) return value;
  throw runtimeFailure(`Reference path "${text}" must point to array.`);
}

async function runInline(
  frame: Frame,
  items: readonly Json[],
  effective: Json,
  runMachine: MachineRunner,
): Promise<readonly Json[]> {
  const { run, strand, state } = frame;
  const bound = await numberField(frame, "MaxConcurrency", effective);
  await numberField(frame, "ToleratedFailureCount", effective);
  await numberField(frame, "ToleratedFailurePercentage", effective);
  const { processor } = state;
  const { outputs, last, after } = await runGroup(frame, {
    count: items.length,
    concurrencyMax: bound === undefined || bound === 0 ? inlineConcurrency : bound,
    mapName: state.name,
    strand: (index, begins, signal) => ({
      previous: begins,
      signal,
      variables: variables(strand.variables),
      item: { index, value: items[index] ?? null },
    }),
    async run(member, index) {
      const item: MapItem = { index, value: items[index] ?? null };
      const input = await selected(frame, effective, item);
      return processor === undefined ? null : runMachine(frame, member, processor.machine, input);
    },
  });
  run.history.addBeside(last, "MapStateSucceeded");
  strand.previous = after;
  return outputs;
}

/** Map: its processor over every item, the outputs as a list in the order of the items. */
export async function runMap(frame: Frame, runMachine: MachineRunner): Promise<Done> {
  const { run, strand, state } = frame;
  const effective = effectiveInput(frame);
  const isRead = own(state.fields, "ItemReader") !== undefined;
  const items = isRead ? [] : await itemsOf(frame, effective);
  const length = isRead ? 0 : items.length;
  run.history.add(strand, "MapStateStarted", ["mapStateStarted", { length }]);
  const result =
    state.processor?.isDistributed === true
      ? await runDistributed(frame, isRead ? undefined : items, effective)
      : await runInline(frame, items, effective, runMachine);
  const { next } = state;
  return { ...(await finish(frame, result, "result")), ...(next === undefined ? {} : { next }) };
}
