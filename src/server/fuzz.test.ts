import { expect, test } from "vitest";
import { fuzz } from "./fuzz.contract.ts";
import { rigConfig } from "./rig.child.ts";
import { startRig } from "./rig.contract.ts";

// MORNING_FUZZ_SECONDS=600 soaks; MORNING_FUZZ_SEED replays.
const seconds = Number(process.env["MORNING_FUZZ_SECONDS"] ?? 8);
const seed = Number(process.env["MORNING_FUZZ_SEED"] ?? 20_261_122);

test(
  `random requests for ${seconds} s (seed ${seed}) meet no server error and no crash`,
  async () => {
    const rig = await startRig({ config: rigConfig({ telemetry: "embedded" }) });
    const { requests, statuses, faults } = await fuzz(rig.url, seed, seconds * 1_000);
    expect(faults).toEqual([]);
    expect(requests).toBeGreaterThan(500);
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(["200", "400", "404", "415"]));
    expect(rig.lines.filter(({ level }) => level === "error")).toEqual([]);
    expect((await rig.call("GET", "/readyz")).status).toBe(200);
  },
  seconds * 1_000 + 60_000,
);
