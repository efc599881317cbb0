import { createServer } from "node:net";
import type { Socket } from "node:net";
import { sleep } from "../../../core/clock.ts";
import type { Clock } from "../../../core/clock.ts";
import { MorningError } from "../../../core/errors.ts";
import { Tally } from "../compat/tally.ts";
import { listen } from "../http/server.ts";
import type { Listening } from "../http/server.ts";
import type { Intake } from "../intake.ts";
import { FrameReader } from "./frames.ts";
import type { Frame } from "./frames.ts";
import { takeFrames } from "./records.ts";

/** Limits on syslog connections. */
export interface SyslogLimits {
  readonly connectionsMax: number;
  /** Connections of one address. */
  readonly connectionsOfAddressMax: number;
  /** Bytes of one message; a longer one is cut. */
  readonly frameBytesMax: number;
  /** A connection on which nothing comes is closed after this time. */
  readonly idleMs: number;
  /** So long is what was read offered to a store that does not take it. */
  readonly holdMs: number;
}

/** Limits where nothing else is said. */
export const syslogLimits: SyslogLimits = {
  connectionsMax: 1_000,
  connectionsOfAddressMax: 100,
  frameBytesMax: 64 * 1024,
  idleMs: 30 * 60_000,
  holdMs: 60_000,
};

/** What a syslog server is made of. */
export interface SyslogOptions {
  readonly intake: Intake;
  readonly clock: Clock;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly limits?: Partial<SyslogLimits>;
}

/** When the server closes, what was read is still offered to the store for so long. */
const graceMs = 2_000;
/** The sender waits as well: what is read is offered again sooner than a sender would. */
const retryMsMax = 1_000;
const source = "syslog";

const sampleOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(0, 200)).toString("utf8");

class SyslogServer {
  private readonly intake: Intake;
  private readonly clock: Clock;
  private readonly limits: SyslogLimits;
  private readonly stop = new AbortController();
  private readonly open = new Map<Socket, Promise<void>>();
  private readonly byAddress = new Map<string, number>();
  private closingAtMs = Infinity;

  constructor({ intake, clock, limits }: SyslogOptions) {
    this.intake = intake;
    this.clock = clock;
    this.limits = { ...syslogLimits, ...limits };
  }

  /** Serves a connection, or refuses it where there are too many. */
  accept(socket: Socket): void {
    const { open, byAddress, limits } = this;
    const address = socket.remoteAddress ?? "";
    const ofAddress = byAddress.get(address) ?? 0;
    // An error ends the iteration over the socket; after that nobody listens for one.
    socket.on("error", () => {});
    if (open.size >= limits.connectionsMax || ofAddress >= limits.connectionsOfAddressMax) {
      this.intake.refuse(source, "logs", "connections", `too many connections: ${address}`);
      socket.destroy();
      return;
    }
    byAddress.set(address, ofAddress + 1);
    const served = this.serve(socket, address).finally(() => {
      socket.destroy();
      open.delete(socket);
      const left = (byAddress.get(address) ?? 1) - 1;
      if (left > 0) byAddress.set(address, left);
      else byAddress.delete(address);
    });
    open.set(socket, served);
  }

  /** Stops reading, and resolves when what was read is stored or given up. */
  async close(): Promise<void> {
    this.closingAtMs = this.clock.monotonic();
    this.stop.abort();
    for (const socket of this.open.keys()) socket.destroy();
    await Promise.all(this.open.values());
  }

  /** What comes is read no faster than it is stored: the sender's own buffer fills up then. */
  private async serve(socket: Socket, address: string): Promise<void> {
    const reader = new FrameReader(this.limits.frameBytesMax);
    const { clock, limits } = this;
    const idle = (): (() => void) => clock.after(limits.idleMs, () => socket.destroy());
    let cancel = idle();
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        cancel();
        await this.deliver(reader.read(chunk), address);
        if (reader.isForeign) {
          this.intake.refuse(source, "logs", "not-syslog", sampleOf(chunk));
          return;
        }
        cancel = idle();
      }
    } catch {
      // Reset by the other side, or closed by us: what was read before is there all the same.
    } finally {
      cancel();
    }
    const { frames, truncated } = reader.end();
    await this.deliver(frames, address);
    if (truncated === undefined) return;
    this.intake.refuse(source, "logs", "truncated", sampleOf(truncated));
  }

  private async deliver(frames: readonly Frame[], client: string): Promise<void> {
    if (frames.length === 0) return;
    const { clock, limits } = this;
    const untilMs = clock.monotonic() + limits.holdMs;
    for (;;) {
      const waitMs = await this.attempt(frames, client);
      if (waitMs === undefined) return;
      const endMs = Math.min(untilMs, this.closingAtMs + graceMs);
      if (clock.monotonic() >= endMs) break;
      const isStopped = this.stop.signal.aborted;
      // A stop shortens the wait that it finds; those behind it are short.
      if (isStopped) await sleep(clock, Math.min(waitMs, 100));
      else await sleep(clock, waitMs, this.stop.signal);
    }
    for (const { bytes } of frames) {
      this.intake.refuse(source, "logs", "unavailable", sampleOf(bytes));
    }
  }

  /** Tries once; gives the time after which to try again, milliseconds. */
  private async attempt(frames: readonly Frame[], client: string): Promise<number | undefined> {
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
    try {
      const grant = this.intake.admit(client, bytes);
      grant.grow(bytes);
      await this.intake.take(grant, {
        source,
        signal: "logs",
        decode: (sheet, nowNs) => {
          const tally = new Tally(sheet, nowNs);
          takeFrames(frames, tally);
          return tally.taken();
        },
      });
      return undefined;
    } catch (error) {
      const isAway = MorningError.is(error) && (error.status === 429 || error.status === 503);
      if (!isAway) {
        this.intake.refuse(source, "logs", "malformed", String(error));
        return undefined;
      }
      const asked = error.details["retryAfterMs"];
      return Math.min(retryMsMax, typeof asked === "number" ? asked : 1_000);
    }
  }
}

/**
 * Takes syslog over TCP: RFC 5424, RFC 3164 as it is found, framed by RFC 6587. There are no keys
 * in it: whoever reaches the port may send.
 * @throws MOR_PORT_TAKEN
 */
export async function syslogServer(options: SyslogOptions): Promise<Listening> {
  const connections = new SyslogServer(options);
  const server = createServer((socket) => connections.accept(socket));
  const port = await listen(server, options.host, options.port);
  return {
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await connections.close();
      await closed;
    },
  };
}
