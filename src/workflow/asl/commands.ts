import type { Command, CommandOption } from "../../core/command.ts";

const text = (description: string): CommandOption => ({ type: "string", description });

const runAsl: Command = {
  name: "workflow run-asl",
  summary:
    "Run a state machine in Amazon States Language in simulated time; needs no platform. " +
    "Prints its history and result; with --json { status, output, error, cause, events }, with " +
    "--cases a line of JSON a case. Exit code 0 if all could be run, however they ended.",
  args: [],
  options: {
    definition: text("The state machine: a JSON file"),
    input: text("The input: a JSON file; an empty object if left out"),
    lambdas: text(
      "What does the tasks: JSON { NAME: MODULE }, or a module that exports handlers by name",
    ),
    cases: text(
      "Many runs: a JSON array of { id?, definition, input?, lambdas?, type?, stopAfterMs? }",
    ),
    objects: text("A folder of objects for distributed Maps, a folder in it for each bucket"),
    start: text("When the simulation begins: ISO 8601; now if left out"),
    seed: text("What chance is drawn from, an integer; 1 if left out"),
    "stop-after": text("Stop the execution after so many simulated milliseconds"),
    express: { type: "boolean", description: "An express workflow: five minutes at most" },
  },
  run: async (call) => (await import("./run-asl.ts")).runAsl(call),
};

const exportMachine: Command = {
  name: "workflow export",
  summary:
    "Write a state machine in Amazon States Language (JSONata) as a DAG of Airflow 3 or a " +
    "pipeline of Kubeflow Pipelines 2; needs no platform. What the other cannot express is an " +
    "error that names the state and why.",
  args: [],
  options: {
    definition: text("The state machine: a JSON file"),
    to: text("airflow or kubeflow"),
    out: text("The file to write; printed if left out"),
    name: text("The name of the DAG or pipeline; the file's if left out"),
    "task-command": text(
      "How the machine's own tasks are run: a command line that is given the task's name, and " +
        "its input as JSON on standard input, and prints the result as JSON",
    ),
    image: text("kubeflow: the image of the tasks, with Python 3.11 or later"),
  },
  run: async (call) => (await import("../export/command.ts")).exportMachine(call),
};

/** Commands that need no platform; what they need is loaded when they run. */
export const commands: readonly Command[] = [runAsl, exportMachine];
