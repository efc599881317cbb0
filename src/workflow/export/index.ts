export { toAirflow } from "./airflow.ts";
export type { AirflowDag, AirflowOptions } from "./airflow.ts";
export { exportErrors } from "./errors.ts";
export type { ExportTarget } from "./errors.ts";
export { toKubeflow } from "./kubeflow.ts";
export type { KubeflowOptions, KubeflowPipeline } from "./kubeflow.ts";
export type { TaskCommand } from "./python-state.ts";
