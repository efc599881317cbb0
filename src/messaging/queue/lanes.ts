import type { Delivery } from "./delivery.ts";

/** A first-in first-out list that does not move its items. */
export interface Fifo<T> {
  readonly push: (item: T) => void;
  shift(): T | undefined;
  readonly length: number;
}

/** An empty {@link Fifo}. */
export function makeFifo<T>(): Fifo<T> {
  let items: (T | undefined)[] = [];
  let head = 0;
  return {
    push: (item) => void items.push(item),
    shift() {
      const item = items[head];
      items[head++] = undefined;
      if (head >= items.length) {
        items = [];
        head = 0;
      } else if (head > 1024 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    get length() {
      return items.length - head;
    },
  };
}

/** Messages that wait for their handler, in the order in which they may start. */
export interface Lanes {
  add(delivery: Delivery): void;
  /**
   * Takes up to `max` that may start now; of a FIFO group in order, and none while others of it are
   * out.
   */
  take(max: number): Delivery[];
  /** Those that {@link Lanes.take} gave are done: the next of their groups may start. */
  finish(deliveries: readonly Delivery[]): void;
  /** Takes away what waits of a group. */
  drop(group: string | undefined): readonly Delivery[];
  /** Takes away everything that waits. */
  drain(): readonly Delivery[];
  /** How many may start now. */
  readonly ready: number;
}

/** Lanes of a standard queue: one for all. */
export function standardLanes(): Lanes {
  const waiting = makeFifo<Delivery>();
  const take = (max: number): Delivery[] => {
    const taken: Delivery[] = [];
    while (taken.length < max && waiting.length > 0) taken.push(waiting.shift() as Delivery);
    return taken;
  };
  return {
    add: waiting.push,
    take,
    finish: () => {},
    drop: () => [],
    drain: () => take(waiting.length),
    get ready() {
      return waiting.length;
    },
  };
}

interface Lane {
  readonly group: string;
  readonly waiting: Delivery[];
  /** Messages of it are with the handler. */
  busy: boolean;
  /** It stands in the list of lanes to take from. */
  open: boolean;
}

/** Lanes of a FIFO queue: one a group, which is shut while messages of it are with the handler. */
export function fifoLanes(): Lanes {
  const lanes = new Map<string, Lane>();
  const opened = makeFifo<Lane>();
  let ready = 0;
  const laneOf = (group = ""): Lane => {
    let lane = lanes.get(group);
    if (lane === undefined) {
      lane = { group, waiting: [], busy: false, open: false };
      lanes.set(group, lane);
    }
    return lane;
  };
  const open = (lane: Lane): void => {
    if (lane.open || lane.busy || lane.waiting.length === 0) return;
    lane.open = true;
    ready += lane.waiting.length;
    opened.push(lane);
  };
  const empty = (lane: Lane): readonly Delivery[] => {
    if (lane.open) ready -= lane.waiting.length;
    return lane.waiting.splice(0);
  };
  const takeFrom = (lane: Lane, max: number): readonly Delivery[] => {
    lane.open = false;
    ready -= lane.waiting.length;
    lane.busy = lane.waiting.length > 0;
    return lane.waiting.splice(0, max);
  };
  return {
    add(delivery) {
      const lane = laneOf(delivery.message.group);
      lane.waiting.push(delivery);
      if (lane.open) ready++;
      else open(lane);
    },
    take(max) {
      const taken: Delivery[] = [];
      while (taken.length < max && opened.length > 0) {
        taken.push(...takeFrom(opened.shift() as Lane, max - taken.length));
      }
      return taken;
    },
    finish(deliveries) {
      for (const { message } of deliveries) {
        const lane = laneOf(message.group);
        lane.busy = false;
        open(lane);
        if (!lane.open) lanes.delete(lane.group);
      }
    },
    drop: (group) => empty(laneOf(group)),
    drain: () => [...lanes.values()].flatMap(empty),
    get ready() {
      return ready;
    },
  };
}
