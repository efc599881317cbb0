import type { Clock } from "../../../core/clock.ts";
import type { Origin } from "../../signals/records.ts";
import { LineJoiner } from "./joiner.ts";
import { LineSplitter } from "./lines.ts";
import { recordOf } from "./record.ts";
import type { Sender } from "./sender.ts";

/** Bytes that a record holds besides its text, about. */
const recordBytes = 512;

/** One stream of bytes that is shipped line by line. */
export interface Stream {
  write(bytes: Uint8Array): void;
  /** Gives what waits to the sender: the stream has ended. */
  end(): void;
  /** Lines that were cut at their limit. */
  cut(): number;
}

/** Makes streams that all go to one sender. */
export interface Shipper {
  /** @param attributes of every record: `log.iostream`, `log.file.path` */
  stream(origin: Origin, attributes: Readonly<Record<string, string>>): Stream;
  /** Lines that were cut, of all streams. */
  cut(): number;
}

/** Makes records of what streams say, and hands them to the sender. */
export function makeShipper(clock: Clock, sender: Sender): Shipper {
  const streams: Stream[] = [];
  let lastNs = 0n;
  /** Lines of one millisecond keep their order by their nanoseconds. */
  const nanoseconds = (atMs: number): bigint => {
    const ns = BigInt(atMs) * 1_000_000n;
    lastNs = ns > lastNs ? ns : lastNs + 1n;
    return lastNs;
  };
  return {
    stream(origin, attributes) {
      const source = { origin, attributes };
      const joiner = new LineJoiner(clock, (entry) => {
        const record = recordOf(entry, source, nanoseconds(entry.atMs));
        sender.add(record, entry.text.length * 2 + recordBytes);
      });
      const splitter = new LineSplitter((line) => joiner.add(line));
      const stream: Stream = {
        write: (bytes) => splitter.write(bytes),
        end() {
          splitter.end();
          joiner.flush();
        },
        cut: () => splitter.cut,
      };
      streams.push(stream);
      return stream;
    },
    cut: () => streams.reduce((sum, stream) => sum + stream.cut(), 0),
  };
}
