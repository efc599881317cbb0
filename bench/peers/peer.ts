/** A queue under measurement: the same producer and consumer drive every one. */
export interface Peer {
  readonly name: string;
  /** What its figures stand on. */
  readonly conditions: string;
  /** Stores the bodies; resolves as soon as the peer acknowledges them. */
  send(bodies: readonly string[]): Promise<void>;
  /** Calls `handle` for every message and acknowledges those it has handled; `done` after that. */
  start(handle: (body: string) => void, done: (count: number) => void): Promise<void>;
  /** Ends consuming. */
  stop(): Promise<void>;
  close(): Promise<void>;
}
