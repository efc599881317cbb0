/**
 * What every exported file carries: the values of JSONata, calls of services, retries and catchers,
 * in Python of the standard library. `boto3` is imported by the first call of AWS alone.
 */
export const pythonRuntime: string = String.raw`
import json
import math
import random
import subprocess
import threading
import time


class Undefined:
    """What a path that names nothing gives."""

    def __repr__(self):
        return "undefined"


U = Undefined()


class StateError(Exception):
    """An error of the States language."""

    def __init__(self, error, cause=""):
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


def fail(message):
    raise StateError("States.QueryEvaluationError", message)


def sequence(items):
    return U if not items else items[0] if len(items) == 1 else items


def step(value, name):
    if isinstance(value, list):
        found = []
        for item in value:
            one = step(item, name)
            if one is not U:
                found.extend(one) if isinstance(one, list) else found.append(one)
        return sequence(found)
    return value.get(name, U) if isinstance(value, dict) else U


def get(value, *names):
    for name in names:
        value = step(value, name)
    return value


def at(value, index):
    if value is U:
        return U
    items = value if isinstance(value, list) else [value]
    index = math.floor(index)
    index = index + len(items) if index < 0 else index
    return items[index] if 0 <= index < len(items) else U


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number(value):
    return int(value) if isinstance(value, float) and value.is_integer() else value


def arithmetic(operator, a, b):
    for value in (a, b):
        if value is not U and not is_number(value):
            fail(f"{operator} takes numbers, not {json.dumps(value)}")
    if a is U or b is U:
        return U
    if operator == "+":
        return number(a + b)
    if operator == "-":
        return number(a - b)
    if operator == "*":
        return number(a * b)
    if b == 0:
        fail("the result is not a number")
    return number(a / b if operator == "/" else math.fmod(a, b))


def kind(value):
    if isinstance(value, bool):
        return "boolean"
    return "number" if is_number(value) else type(value).__name__


def same(a, b):
    if kind(a) != kind(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return a == b


def equal(a, b):
    return a is not U and b is not U and same(a, b)


def unequal(a, b):
    return a is not U and b is not U and not same(a, b)


def compare(operator, a, b):
    for value in (a, b):
        if value is not U and not is_number(value) and not isinstance(value, str):
            fail(f"{operator} takes numbers or texts, not {json.dumps(value)}")
    if a is U or b is U:
        return U
    if kind(a) != kind(b):
        fail(f"{operator} takes two numbers or two texts")
    x, y = (a.encode("utf-16-be"), b.encode("utf-16-be")) if isinstance(a, str) else (a, b)
    return {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[operator]


def true(value):
    if value is U or value is None:
        return False
    if isinstance(value, list):
        return any(true(item) for item in value)
    return bool(value)


def text(value):
    if value is U:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(number(value), ensure_ascii=False, separators=(",", ":"))


def contains(item, items):
    if item is U or items is U:
        return False
    return any(same(item, one) for one in (items if isinstance(items, list) else [items]))


def numbers(value, name):
    items = value if isinstance(value, list) else [value]
    if not all(is_number(item) for item in items):
        fail(f"{name} takes numbers")
    return items


def function(name, *args):
    value = args[0] if args else U
    if name == "count":
        return 0 if value is U else len(value) if isinstance(value, list) else 1
    if value is U:
        return U
    if name in ("not", "boolean"):
        return true(value) is (name == "boolean")
    if name in ("sum", "max", "min", "average"):
        items = numbers(value, name)
        if not items:
            return 0 if name == "sum" else U
        total = {"sum": sum, "max": max, "min": min, "average": lambda x: sum(x) / len(x)}
        return number(total[name](items))
    if name in ("uppercase", "lowercase", "length"):
        if not isinstance(value, str):
            fail(f"{name} takes a text")
        return {"uppercase": str.upper, "lowercase": str.lower, "length": len}[name](value)
    if name in ("abs", "floor", "ceil"):
        numbers(value, name)
        return number({"abs": abs, "floor": math.floor, "ceil": math.ceil}[name](value))
    return text(value)


def listed(*items):
    made = []
    for keeps, value in items:
        if value is not U:
            made.extend(value) if isinstance(value, list) and not keeps else made.append(value)
    return made


def record(*pairs):
    return {key: value for key, value in pairs if value is not U}


def needed(value, field):
    if value is U:
        fail(f"The expression of the field '{field}' returned nothing (undefined).")
    return value


class Scope:
    """What an expression may read."""

    def __init__(self, data, variables, **more):
        self.states = {"input": data, **more}
        self.variables = variables

    def var(self, name):
        return self.variables.get(name, U)


def boto(service, action, arguments):
    import boto3

    client = boto3.client(service)
    words = "".join("_" + c.lower() if c.isupper() else c for c in action)
    try:
        result = getattr(client, words)(**arguments)
    except client.exceptions.ClientError as error:
        told = error.response["Error"]
        name = f"{service.capitalize()}.{told['Code']}"
        raise StateError(name, told.get("Message", "")) from error
    result.pop("ResponseMetadata", None)
    return result


def invoke(arguments, is_wrapped):
    import boto3

    given = arguments.get("Payload")
    payload = given if isinstance(given, str) else json.dumps({} if given is None else given)
    arguments = {**arguments, "Payload": payload}
    result = boto3.client("lambda").invoke(**arguments)
    answer = result["Payload"].read().decode()
    if "FunctionError" in result:
        raise StateError(json.loads(answer).get("errorType", "Error"), answer)
    made = json.loads(answer or "null")
    if not is_wrapped:
        return made
    version = result.get("ExecutedVersion", "$LATEST")
    return {"ExecutedVersion": version, "Payload": made, "StatusCode": result["StatusCode"]}


def command(argv, task, given):
    ran = subprocess.run([*argv, task], input=json.dumps(given), capture_output=True, text=True)
    if ran.returncode != 0:
        raise StateError("Morning.TaskFailed", ran.stderr[-32768:])
    return json.loads(ran.stdout or "null")


def jsoned(value):
    return value if isinstance(value, str) else json.dumps(value)


def call(target, arguments):
    """Does what a Task asks for."""
    if target.startswith("arn:"):
        return invoke({"FunctionName": target, "Payload": arguments}, False)
    if target == "lambda:invoke":
        return invoke(arguments, True)
    if target == "sqs:sendMessage":
        arguments = {**arguments, "MessageBody": jsoned(arguments["MessageBody"])}
    if target == "sns:publish":
        arguments = {**arguments, "Message": jsoned(arguments["Message"])}
    if target == "events:putEvents":
        entries = [{**one, "Detail": jsoned(one["Detail"])} for one in arguments["Entries"]]
        arguments = {**arguments, "Entries": entries}
    service, action = target.removeprefix("aws-sdk:").split(":")
    result = boto(service, action, arguments)
    if result.get("FailedEntryCount", 0) > 0:
        raise StateError("EventBridge.FailedEntry", json.dumps(result))
    return json.loads(json.dumps(result, default=str))


def within(seconds, work):
    if seconds is None:
        return work()
    made = {}

    def run():
        try:
            made["result"] = work()
        except BaseException as error:
            made["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise StateError("States.Timeout")
    if "error" in made:
        raise made["error"]
    return made["result"]


def names(listed_errors, error):
    for name in listed_errors:
        if name in (error, "States.ALL"):
            return True
        if name == "States.TaskFailed" and error != "States.Timeout":
            return True
    return False


def attempts(state, work):
    used = [0 for _ in state.get("retry", [])]
    while True:
        try:
            return work()
        except StateError as error:
            for index, retry in enumerate(state.get("retry", [])):
                if names(retry["on"], error.error):
                    break
            else:
                raise
            if used[index] >= retry["most"]:
                raise
            delay = min(retry["interval"] * retry["rate"] ** used[index], retry["longest"])
            used[index] += 1
            time.sleep(delay * (random.random() if retry["jitter"] else 1))


def shaped(part, scope, otherwise):
    output = part["output"](scope) if "output" in part else otherwise
    assigned = part["assign"](scope) if "assign" in part else {}
    return output, {**scope.variables, **assigned}


def work_of(state, data, variables):
    scope = Scope(data, variables)
    if state["type"] == "Fail":
        raise StateError(state["error"](scope), state["cause"](scope))
    if state["type"] == "Choice":
        for rule in state["rules"]:
            if rule["when"](scope) is True:
                return (*shaped(rule, scope, data), rule["next"])
        if state["next"] is None:
            raise StateError("States.NoChoiceMatched")
        return (*shaped(state, scope, data), state["next"])
    result = data
    if state["type"] == "Task":
        result = within(state["seconds"], lambda: state["work"](scope))
        scope = Scope(data, variables, result=result)
    return (*shaped(state, scope, result), state["next"])


def perform(state, data, variables):
    """Does a state: its output, the variables after it, and the state that follows."""
    try:
        return attempts(state, lambda: work_of(state, data, variables))
    except StateError as error:
        told = {"Error": error.error, "Cause": error.cause}
        for catcher in state.get("catch", []):
            if names(catcher["on"], error.error):
                scope = Scope(data, variables, errorOutput=told)
                return (*shaped(catcher, scope, told), catcher["next"])
        raise


def until_of(state, data, variables):
    """When a Wait is over, seconds since the epoch."""
    from datetime import datetime

    value = state["until"](Scope(data, variables))
    if state["is_timestamp"]:
        return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    return time.time() + value


def run_item(state, data, variables, index, item):
    """Runs the states of a Map over one item."""
    context = {"Map": {"Item": {"Index": index, "Value": item}}}
    scope = Scope(data, variables, context=context)
    given = state["item"](scope) if "item" in state else item
    own, name = dict(variables), state["start"]
    while name is not None:
        one = state["states"][name]
        if one["type"] == "Wait":
            time.sleep(max(0, until_of(one, given, own) - time.time()))
        given, own, name = perform(one, given, own)
    return given


def items_of(state, data, variables):
    items = state["items"](Scope(data, variables)) if "items" in state else data
    if not isinstance(items, list):
        fail(f"Map state input must be an array but was: {json.dumps(items)}")
    return items


def begin(state, data, variables):
    return state["arguments"](Scope(data, variables)) if "arguments" in state else data


def finish(state, data, variables, results):
    return shaped(state, Scope(data, variables, result=results), results)
`.trimStart();
