import type { Command } from "../../core/command.ts";
import { alertCommands } from "../alerts/commands.ts";
import { errorCommands } from "../cli/error-groups.ts";
import { exploreCommands } from "../cli/explore.ts";
import { logCommands } from "../cli/logs.ts";
import { sloCommands } from "../slo/commands.ts";
import { patternsCommand } from "../logs/patterns/index.ts";
import { shipCommand } from "../logs/ship/command.ts";

/** Commands over telemetry. */
export const commands: readonly Command[] = [
  ...logCommands,
  patternsCommand,
  shipCommand,
  ...errorCommands,
  ...exploreCommands,
  ...alertCommands,
  ...sloCommands,
];
