/** What the resources that a definition names are called where it runs. */
export interface Places {
  /** The address of a queue, by its name. */
  queueUrl(queue: string, fifo: boolean): string;
  /** The bucket of a set of blobs. */
  bucket(blobs: string): string;
  readonly eventBus: string;
  /** `source` of the events that the machine publishes: APP.SERVICE. */
  readonly eventSource: string;
}

/** Names that are the same everywhere: what the journal runs. */
export const logicalPlaces: Places = {
  queueUrl: (queue) => `queue/${queue}`,
  bucket: (blobs) => blobs,
  eventBus: "bus",
  eventSource: "machine",
};

/** The queue through which a machine on Step Functions gives its tasks to its service. */
export function tasksQueue(machine: string): string {
  return `${machine}-tasks`;
}

/** How that queue keeps what it has. */
export const tasksQueueLimits: { readonly receivesMax: number; readonly retentionMs: number } = {
  receivesMax: 10,
  retentionMs: 14 * 86_400_000,
};

/** The type of the events by which Step Functions tells that an execution has changed. */
export const endedDetailType = "Step Functions Execution Status Change";
