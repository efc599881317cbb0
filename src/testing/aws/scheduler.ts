import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import type { CreateScheduleInput } from "@aws-sdk/client-scheduler";
import type { ResourceMakers } from "./provision.ts";
import { textOf } from "./values.ts";

/** Makers of EventBridge Scheduler's resources on the emulator at `endpoint`. */
export function schedulerMakers(endpoint: string, region: string): ResourceMakers {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new SchedulerClient({ endpoint, region, credentials });
  return {
    async "AWS::Scheduler::Schedule"({ StartDate: start, EndDate: end, ...properties }) {
      const dates = {
        ...(start === undefined ? {} : { StartDate: new Date(textOf(start)) }),
        ...(end === undefined ? {} : { EndDate: new Date(textOf(end)) }),
      };
      const input = { ...properties, ...dates } as unknown as CreateScheduleInput;
      const { ScheduleArn = "" } = await client.send(new CreateScheduleCommand(input));
      return { Ref: textOf(properties["Name"]), Arn: ScheduleArn };
    },
    // Emulators deliver whatever the role says: its name is all that a schedule needs.
    async "AWS::IAM::Role"({ RoleName }, { account }) {
      return { Ref: textOf(RoleName), Arn: `arn:aws:iam::${account}:role/${textOf(RoleName)}` };
    },
  };
}
