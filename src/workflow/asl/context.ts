import type { Json } from "../../core/json.ts";
import type { Frame, Run } from "./run.ts";
import { objectOf } from "./values.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** The ARN of the machine that runs. */
export function machineArn({ identity }: Run): string {
  const { region, accountId, machineName } = identity;
  return `arn:aws:states:${region}:${accountId}:stateMachine:${machineName}`;
}

/** The context object: `$$` in JSONPath, `$states.context` in JSONata. */
export function contextOf(frame: Frame): Json {
  const { run, state, strand } = frame;
  const { identity } = run;
  const item = strand.item;
  return objectOf([
    [
      "Execution",
      {
        Id: run.executionArn,
        Input: run.input,
        StartTime: iso(run.startedMs),
        Name: identity.executionName,
        RoleArn: identity.roleArn,
        ...(identity.isExpress ? {} : { RedriveCount: 0 }),
      },
    ],
    ["StateMachine", { Id: machineArn(run), Name: identity.machineName }],
    [
      "State",
      {
        Name: state.name,
        EnteredTime: iso(frame.enteredMs),
        // Passes and choices cannot be retried and tell no count.
        ...(["Task", "Map", "Parallel"].includes(state.type) ? { RetryCount: frame.attempt } : {}),
      },
    ],
    ...(item === undefined
      ? []
      : [["Map", { Item: { Index: item.index, Value: item.value } }] as const]),
    ...(frame.token === undefined ? [] : [["Task", { Token: frame.token }] as const]),
  ]);
}
