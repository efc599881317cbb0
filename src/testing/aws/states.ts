import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import type { ResourceMakers } from "./provision.ts";
import { textOf } from "./values.ts";

/** Maker of Step Functions' machines on the emulator at `endpoint`. */
export function statesMakers(endpoint: string, region: string): ResourceMakers {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new SFNClient({ endpoint, region, credentials });
  return {
    async "AWS::StepFunctions::StateMachine"({ DefinitionSubstitutions: fillings, ...properties }) {
      const { StateMachineName, DefinitionString, RoleArn } = properties;
      const filled = Object.entries(fillings as Readonly<Record<string, string>>).reduce(
        (text, [key, value]) => text.replaceAll(`\${${key}}`, value),
        textOf(DefinitionString),
      );
      const { stateMachineArn: arn } = await client.send(
        new CreateStateMachineCommand({
          name: textOf(StateMachineName),
          definition: filled,
          roleArn: textOf(RoleArn),
        }),
      );
      return { Ref: textOf(arn), Arn: textOf(arn) };
    },
  };
}
