import { engineGap } from "../../../conformance/gaps.ts";
import { makeIds, systemRandom } from "../../core/ids.ts";
import { sleep, systemClock } from "../../core/clock.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { emulatorScope, provision } from "../../testing/aws/provision.ts";
import { sqsMakers } from "../../testing/aws/sqs.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { testHost } from "../../testing/host.ts";
import { settle } from "../../testing/settle.ts";
import { describeQueueContract } from "./contract.ts";
import type { QueueUnderTest } from "./contract/world.ts";
import { driver as sqlite } from "./drivers/sqlite.ts";
import { driver as sqs } from "./drivers/sqs.ts";
import { queueResources } from "./infra.ts";

async function openEmbedded(): Promise<QueueUnderTest> {
  const clock = simulatedClock();
  const store = openInline({ clock });
  const driver = await sqlite.open(testHost({ clock, store }), {});
  return {
    driver,
    waitMs: 0,
    make: (spec) => driver.declare([spec]),
    async pass(ms) {
      await settle();
      const endMs = clock.monotonic() + ms;
      while (clock.monotonic() < endMs) {
        const stepMs = Math.min(endMs - clock.monotonic(), Math.max(1, clock.nextInMs() ?? ms));
        clock.advance(stepMs);
        await settle();
      }
    },
    async jump(byMs) {
      clock.jump(byMs);
    },
    async write(statements, wake) {
      await store.write({ statements, wake });
    },
  };
}

const region = "us-east-1";

/** Names that no other run on the same emulator has. */
function runName(): string {
  return `q-${makeIds(systemClock, systemRandom).hex(4)}`;
}

async function openOn(endpoint: string, account: string): Promise<QueueUnderTest> {
  const app = runName();
  const host = testHost({ app });
  const driver = await sqs.open(host, { region, endpoint });
  const scope = emulatorScope({ app, environment: host.environment, region, account });
  const makers = sqsMakers(endpoint, region);
  return {
    driver,
    waitMs: 1000,
    async make(spec) {
      await provision(queueResources(spec, scope), scope, makers);
      await driver.declare([spec]);
    },
    pass: (ms) => sleep(systemClock, ms),
  };
}

describeQueueContract({ name: "sqlite", open: openEmbedded, hours: true });

// moto loses the order of FIFO groups and forgets deduplication; ministack is the better one.
const url = process.env["MORNING_TEST_MINISTACK_URL"];

describeQueueContract({
  name: "sqs on ministack",
  open: () => openOn(url ?? "", "000000000000"),
  missing: url === undefined ? "MORNING_TEST_MINISTACK_URL" : undefined,
  hours: false,
  gap: (name) => engineGap("ministack", "sqs", name),
});
