import type { Command } from "../core/command.ts";
import { commands as aslCommands } from "../workflow/asl/commands.ts";

const configOption = {
  config: { type: "string", description: "Configuration file; morning.config.ts here if left out" },
  environment: {
    type: "string",
    short: "e",
    description: "Environment of the configuration; MORNING_ENVIRONMENT or local",
  },
  "data-folder": { type: "string", description: "Folder of the embedded engines" },
} as const;

/** Commands of the platform itself. Each loads what it needs when it runs. */
export const platformCommands: readonly Command[] = [
  {
    name: "start",
    summary: "Start the platform, its services and the console in one process",
    args: [],
    options: {
      ...configOption,
      port: { type: "string", short: "p", description: "Port; 7070 if left out, 0 for a free one" },
      host: { type: "string", description: "Address to bind; loopback if left out" },
      "free-ingest-ports": {
        type: "boolean",
        description: "OTLP and syslog on free ports instead of 4318, 4317: for a second platform",
      },
      isolate: { type: "boolean", description: "Run each service in a process of its own" },
      instances: {
        type: "string",
        multiple: true,
        description: "With --isolate: SERVICE=N processes of a service; may be repeated",
      },
      quiet: { type: "boolean", description: "No traffic of the example's own" },
    },
    run: async (call) => (await import("./start.ts")).start(call),
  },
  {
    name: "dev",
    summary: "Start, and start anew whenever a source file changes",
    args: [],
    options: { ...configOption, port: { type: "string", short: "p", description: "Port" } },
    run: async (call) => (await import("./dev.ts")).dev(call, process.argv.slice(3)),
  },
  {
    name: "service",
    summary: "Run one service in this process, against the platform's process on this machine",
    args: [{ name: "name", description: "The service" }],
    options: configOption,
    run: async (call) => (await import("./start.ts")).service(call),
  },
  {
    name: "backup",
    summary: "Write a consistent copy of all state to a new folder, while the platform runs",
    args: [{ name: "folder", description: "The new folder" }],
    options: configOption,
    run: async (call) => (await import("./backup.ts")).backup(call),
  },
  {
    name: "restore",
    summary: "Put a backup in place; the platform must be stopped",
    args: [{ name: "folder", description: "The backup's folder" }],
    options: {
      ...configOption,
      yes: { type: "boolean", description: "Replace the state that is there now" },
    },
    run: async (call) => (await import("./backup.ts")).restore(call),
  },
  {
    name: "doctor",
    summary: "Say what is wrong with this machine or configuration, and how to mend it",
    args: [],
    options: {
      ...configOption,
      port: { type: "string", short: "p", description: "Port to check" },
    },
    run: async (call) => (await import("./doctor.ts")).doctor(call),
  },
  ...aslCommands,
];
