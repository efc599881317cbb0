"""Reads a DAG as Airflow does and prints its graph; runs it with inputs and prints its outputs.

Arguments: a folder with one DAG in `dags/`, the task whose output is printed, a list of inputs.
"""

import json
import os
import sys

home, last = sys.argv[1], sys.argv[2]
os.environ |= {
    "AIRFLOW_HOME": home,
    "AIRFLOW__CORE__DAGS_FOLDER": f"{home}/dags",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
}

from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db  # noqa: E402

bag = DagBag(f"{home}/dags")
found = {"errors": bag.import_errors, "graph": {}}
for dag in bag.dags.values():
    for task in dag.task_dict.values():
        found["graph"][task.task_id] = sorted(task.downstream_task_ids)

from airflow.dag_processing.bundles.manager import DagBundlesManager  # noqa: E402
from airflow.models.xcom import XComModel  # noqa: E402
from airflow.utils.db import initdb  # noqa: E402
from airflow.utils.session import create_session  # noqa: E402

initdb()
DagBundlesManager().sync_bundles_to_db()
bag.bundle_name = "dags-folder"
sync_bag_to_db(bag, "dags-folder", None)


def run(given):
    ran = dag.test(run_conf=given)
    with create_session() as session:
        made = session.query(XComModel).filter_by(key="made", task_id=last, run_id=ran.run_id)
        value = next((one.value for one in made), None)
    output = json.loads(value) if isinstance(value, str) else value
    return {"state": ran.state.value, "output": (output or {}).get("data")}


found["runs"] = [run(given) for given in json.loads(sys.argv[3])]
print("\n" + json.dumps(found))
