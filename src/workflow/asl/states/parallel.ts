import type { Json } from "../../../core/json.ts";
import { effectiveInput, fill, finish } from "../dataflow.ts";
import type { Machine } from "../definition.ts";
import type { Done, Frame, Strand } from "../run.ts";
import { own } from "../values.ts";
import { variables } from "../variables.ts";
import { runGroup } from "./group.ts";

/** Runs a machine within a strand; handed in, since states hold machines. */
export type MachineRunner = (
  frame: Frame,
  strand: Strand,
  machine: Machine,
  input: Json,
) => Promise<Json>;

/** Parallel: all branches at the same time, their outputs as a list. */
export async function runParallel(frame: Frame, runMachine: MachineRunner): Promise<Done> {
  const { run, strand, state } = frame;
  const { branches, fields, next } = state;
  const effective = effectiveInput(frame);
  const field = frame.language === "JSONata" ? "Arguments" : "Parameters";
  const template = own(fields, field);
  const input =
    template === undefined ? effective : await fill(frame, template, field, { input: effective });
  run.history.add(strand, "ParallelStateStarted");
  const { outputs, last } = await runGroup(frame, {
    count: branches.length,
    concurrencyMax: branches.length,
    strand: (_, after, signal) => ({
      previous: after,
      signal,
      variables: variables(strand.variables),
      ...(strand.item === undefined ? {} : { item: strand.item }),
    }),
    async run(member, index) {
      const branch = branches[index];
      return branch === undefined ? null : runMachine(frame, member, branch, input);
    },
  });
  run.history.addBeside(last, "ParallelStateSucceeded");
  return { ...(await finish(frame, outputs, "result")), ...(next === undefined ? {} : { next }) };
}
