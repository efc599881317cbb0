"""Reads a pipeline as Kubeflow Pipelines does and prints its graph; with an input, runs it.

Arguments: the file, a folder to work in, and perhaps the input as JSON.
"""

import json
import sys

from kfp import components, local
from kfp.local import subprocess_task_handler

component = components.load_component_from_file(sys.argv[1])
spec = component.pipeline_spec


def graph(dag):
    return {name: sorted(task.dependent_tasks) for name, task in dag.tasks.items()}


found = {"root": graph(spec.root.dag)}
for name, one in spec.components.items():
    if one.HasField("dag"):
        found[name] = graph(one.dag)
answer = {"name": component.name, "graph": found}

if len(sys.argv) > 3:
    # The local runner refuses containers, since it has none: here, each is its program.
    handler = subprocess_task_handler.SubprocessTaskHandler
    handler.validate_not_container_component = lambda self, command: None
    local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root=sys.argv[2])
    answer["output"] = component(input=json.loads(sys.argv[3])).outputs["made"]["data"]

print("\n" + json.dumps(answer))
