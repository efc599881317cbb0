import type { JsonObject } from "../asl/values.ts";
import type { Machine, State } from "../asl/definition.ts";
import { own } from "../asl/values.ts";
import { parseDefinition } from "../asl/validate/machine.ts";
import { checkMachine, ordered, successors, tasksMax } from "./graph.ts";
import { refuse } from "./errors.ts";
import { literal } from "./python-expression.ts";
import { pythonRuntime } from "./python-runtime.ts";
import { pythonState } from "./python-state.ts";
import type { TaskCommand } from "./python-state.ts";

/** How a graph is written as a DAG. */
export interface AirflowOptions extends TaskCommand {
  /** The DAG's id; `machine` if left out. */
  readonly name?: string;
}

/** A DAG of Airflow: its file, and its graph. */
export interface AirflowDag {
  /** The text of a Python file. */
  readonly file: string;
  /** The tasks that follow each task. */
  readonly graph: Readonly<Record<string, readonly string[]>>;
}

/** Glue between Airflow and the runtime: what a task gets is what the one before it pushed. */
const glue: string = String.raw`
from datetime import datetime, timedelta, timezone

from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator
from airflow.providers.standard.sensors.date_time import DateTimeSensor
from airflow.sdk import DAG, get_current_context

RULE = "none_failed_min_one_success"


def pulled(task_id, upstream):
    """What the one of the tasks before that came here has made."""
    ti = get_current_context()["ti"]
    if not upstream:
        return get_current_context()["dag_run"].conf or {}, {}
    for one in upstream:
        made = ti.xcom_pull(task_ids=one, key="made")
        if made is not None and made["to"] in (None, task_id):
            return made["data"], made["variables"]
    raise RuntimeError(f"no task before {task_id} has come here")


def push(data, variables, to=None):
    made = {"data": data, "variables": variables, "to": to}
    get_current_context()["ti"].xcom_push(key="made", value=made)


def run_state(task_id, name, upstream, ways=None):
    data, variables, after = perform(STATES[name], *pulled(task_id, upstream))
    if ways is None:
        return push(data, variables)
    to = ways.get(after)
    push(data, variables, to or "")
    return to


def run_wait(task_id, name, upstream):
    given = pulled(task_id, upstream)
    until = until_of(STATES[name], *given)
    data, variables, _ = perform(STATES[name], *given)
    push(data, variables)
    when = datetime.fromtimestamp(until, timezone.utc).isoformat()
    get_current_context()["ti"].xcom_push(key="until", value=when)


def run_begin(task_id, name, upstream):
    data, variables = pulled(task_id, upstream)
    push(begin(STATES[name], data, variables), variables)


def run_items(task_id, name, upstream):
    data, variables = pulled(task_id, upstream)
    push(data, variables)
    items = items_of(STATES[name], data, variables)
    return [{"index": index, "item": item} for index, item in enumerate(items)]


def run_one(task_id, name, index, item):
    data, variables = pulled(task_id, [task_id])
    # A task that gives nothing would leave nothing behind.
    return {"result": run_item(STATES[name], data, variables, index, item)}


def run_gather(task_id, name):
    ti = get_current_context()["ti"]
    # A list of one task: by its name alone, a single item would come without its list.
    made = ti.xcom_pull(task_ids=[f"{task_id}__item"], key="return_value")
    results = [one["result"] for one in made if one is not None]
    data, variables = pulled(task_id, [task_id])
    push(*finish(STATES[name], data, variables, results))


def run_join(task_id, name, branches):
    results = [pulled(f"{task_id}__join", ends)[0] for ends in branches]
    data, variables = pulled(task_id, [task_id])
    push(*finish(STATES[name], data, variables, results))


def node(operator, call, task_id, *args, **more):
    return operator(
        task_id=task_id,
        python_callable=call,
        op_args=[task_id, *args],
        trigger_rule=more.pop("trigger_rule", RULE),
        **more,
    )
`.trimStart();

/** What is written of a DAG so far. */
interface Writing {
  readonly options: AirflowOptions;
  readonly states: string[];
  readonly tasks: string[];
  readonly edges: Map<string, Set<string>>;
}

/** Where the data of what follows comes from, and which task is before it: a Wait has two. */
interface End {
  readonly data: string;
  readonly task: string;
}

/** The id of a task: what Airflow takes of a state's name, distinct. */
function taskId(name: string, prefix: string, { edges }: Writing): string {
  const plain = prefix + name.replaceAll(/[^\w.-]/gu, "_").replaceAll(/[^\x21-\x7e]/g, "_");
  for (let index = 1; ; index++) {
    const id = index === 1 ? plain : `${plain}_${index}`;
    if (!edges.has(id)) return id;
  }
}

function add(writing: Writing, id: string, code: string): void {
  const { edges, tasks } = writing;
  if (edges.size >= tasksMax) refuse(id, `there are more than ${tasksMax} tasks`);
  edges.set(id, edges.get(id) ?? new Set());
  tasks.push(`    tasks[${literal(id)}] = ${code}`);
}

function link(writing: Writing, from: string, to: string): void {
  writing.edges.get(from)?.add(to);
}

/**
 * Writes the tasks of a machine; its end leads to the task `after`, if there is one.
 * @returns where it may end
 */
function region(
  machine: Machine,
  prefix: string,
  around: { readonly before: readonly End[]; readonly after?: string },
  writing: Writing,
): readonly End[] {
  const states = ordered(machine);
  const { before: entry, after } = around;
  const ids = new Map<string | undefined, string>(
    states.map(({ name }) => {
      const id = taskId(name, prefix, writing);
      writing.edges.set(id, new Set());
      return [name, id];
    }),
  );
  if (after !== undefined) ids.set(undefined, after);
  const incoming = new Map<string, End[]>([[machine.startAt, [...entry]]]);
  const ends: End[] = [];
  for (const state of states) {
    const before = incoming.get(state.name) ?? [];
    const end = write(state, ids, before, writing);
    for (const target of successors(state)) {
      if (target === undefined) ends.push(end);
      else incoming.set(target, [...(incoming.get(target) ?? []), end]);
    }
  }
  return ends;
}

function write(
  state: State,
  ids: ReadonlyMap<string | undefined, string>,
  before: readonly End[],
  writing: Writing,
): End {
  const { name } = state;
  const id = ids.get(name) ?? name;
  const key = literal(stateKey(state, id, writing));
  const upstream = literal(before.map(({ data }) => data));
  for (const { task } of before) link(writing, task, id);
  const rule = before.length > 1 ? "" : ', trigger_rule="all_success"';
  if (state.type === "Wait") return wait(id, key, upstream, rule, writing);
  if (state.type === "Map") return map(state, id, key, upstream, rule, writing);
  if (state.type === "Parallel") return parallel(state, id, key, upstream, rule, writing);
  const ways = successors(state);
  const [args, operator] =
    ways.length > 1 ? [`, ${waysOf(ways, ids)}`, "BranchPythonOperator"] : ["", "PythonOperator"];
  const code = `node(${operator}, run_state, ${literal(id)}, ${key}, ${upstream}${args}${rule})`;
  add(writing, id, code);
  return { data: id, task: id };
}

/** States keep their names within a file, those of branches the ids of their tasks. */
function stateKey(state: State, id: string, { states, options }: Writing): string {
  states.push(`STATES[${literal(id)}] = ${pythonState(state, options)}`);
  return id;
}

function waysOf(
  ways: readonly (string | undefined)[],
  ids: ReadonlyMap<string | undefined, string>,
): string {
  const entries = ways.map((way) => `${literal(way ?? null)}: ${literal(ids.get(way) ?? null)}`);
  return `{${entries.join(", ")}}`;
}

function wait(id: string, key: string, upstream: string, rule: string, writing: Writing): End {
  add(writing, id, `node(PythonOperator, run_wait, ${literal(id)}, ${key}, ${upstream}${rule})`);
  const sensor = `${id}__wait`;
  const until = `{{ ti.xcom_pull(task_ids='${id}', key='until') }}`;
  const more = `target_time=${literal(until)}, mode="reschedule", poke_interval=10`;
  add(writing, sensor, `DateTimeSensor(task_id=${literal(sensor)}, ${more})`);
  link(writing, id, sensor);
  return { data: id, task: sensor };
}

function map(
  state: State,
  id: string,
  key: string,
  upstream: string,
  rule: string,
  writing: Writing,
): End {
  const [item, joined] = [`${id}__item`, `${id}__join`];
  const bound = own(state.fields, "MaxConcurrency") ?? 0;
  if (typeof bound !== "number") refuse(state.name, "MaxConcurrency is no constant");
  const most = bound === 0 ? "" : `, max_active_tis_per_dagrun=${String(bound)}`;
  add(writing, id, `node(PythonOperator, run_items, ${literal(id)}, ${key}, ${upstream}${rule})`);
  const partial = `task_id=${literal(item)}, python_callable=run_one`;
  const args = `op_args=[${literal(id)}, ${key}]${most}`;
  const expanded = `.expand(op_kwargs=tasks[${literal(id)}].output)`;
  add(writing, item, `PythonOperator.partial(${partial}, ${args})${expanded}`);
  add(writing, joined, gathering("run_gather", joined, id, key));
  for (const [from, to] of [
    [id, item],
    [item, joined],
    [id, joined],
  ] as const) {
    link(writing, from, to);
  }
  return { data: joined, task: joined };
}

/** The task that hands on what a Map or Parallel made; its data is that of the first of them. */
function gathering(call: string, joined: string, id: string, key: string, more = ""): string {
  const args = `op_args=[${literal(id)}, ${key}${more}], trigger_rule=RULE`;
  return `PythonOperator(task_id=${literal(joined)}, python_callable=${call}, ${args})`;
}

function parallel(
  state: State,
  id: string,
  key: string,
  upstream: string,
  rule: string,
  writing: Writing,
): End {
  add(writing, id, `node(PythonOperator, run_begin, ${literal(id)}, ${key}, ${upstream}${rule})`);
  const begun: End = { data: id, task: id };
  const joined = `${id}__join`;
  const branches = state.branches.map((branch, index) =>
    region(branch, `${id}__${index}__`, { before: [begun], after: joined }, writing),
  );
  const datas = literal(branches.map((ends) => ends.map(({ data }) => data)));
  add(writing, joined, gathering("run_join", joined, id, key, `, ${datas}`));
  for (const { task } of branches.flat()) link(writing, task, joined);
  return { data: joined, task: joined };
}

function settings(machine: Machine, { name = "machine" }: AirflowOptions): string {
  const { timeoutSeconds } = machine;
  const limit =
    timeoutSeconds === undefined
      ? ""
      : `, dagrun_timeout=timedelta(seconds=${String(timeoutSeconds)})`;
  return `dag_id=${literal(name)}, schedule=None, catchup=False${limit}`;
}

/**
 * Writes a declared graph as a DAG of Airflow 3: a task a state, its input the run's `conf`.
 * @param definition a document in Amazon States Language (JSONata)
 * @throws MOR_EXPORT_UNSUPPORTED with the state and why; MOR_ASL_DEFINITION_INVALID
 */
export function toAirflow(
  definition: string | JsonObject,
  options: AirflowOptions = {},
): AirflowDag {
  const machine = parseDefinition(definition);
  checkMachine(machine);
  const writing: Writing = { options, states: [], tasks: [], edges: new Map() };
  region(machine, "", { before: [] }, writing);
  const edges = [...writing.edges].flatMap(([from, targets]) =>
    [...targets].map((to) => `    tasks[${literal(from)}] >> tasks[${literal(to)}]`),
  );
  const file = [
    '"""Written by `morning workflow export`: change the state machine, not this file."""',
    `${pythonRuntime}\n`,
    glue,
    "\nSTATES = {}",
    ...writing.states,
    `\nwith DAG(${settings(machine, options)}) as dag:`,
    "    tasks = {}",
    ...writing.tasks,
    ...edges,
    "",
  ].join("\n");
  const graph = [...writing.edges].map(([id, targets]) => [id, [...targets].toSorted()]);
  return { file, graph: Object.fromEntries(graph) as AirflowDag["graph"] };
}
