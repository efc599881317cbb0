/** What goes between a client and Postgres, counted by a proxy that reads along. */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** What was counted. */
export interface Traffic {
  /** Statements, without those that only begin and end transactions and savepoints. */
  readonly statements: number;
  /** Times that a client sent something and had to wait for the answer. */
  readonly roundTrips: number;
  /** Transactions that held a statement which changes rows: each waits for the disk. */
  readonly commits: number;
}

/** A proxy before a database. */
export interface Tap {
  readonly url: string;
  /** Counted since it was opened. */
  traffic(): Traffic;
  close(): Promise<void>;
}

const control = /^(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|LISTEN|DISCARD)/;
const changing =
  /\b(insert\s+into|update\s+(?!skip|nowait|of\b)["\w.]+\s|delete\s+from|merge\s+into)/i;
/** Comes when a server has answered all that it was asked. */
const ready = "Z";
/** What it says where no transaction is open. */
const outside = "I";

type Counts = { -readonly [K in keyof Traffic]: number };

/**
 * Cuts a stream of messages: a type, a length that counts itself, a body.
 * @param bare whether the first message has no type, as the one that a client begins with
 */
function cutter(bare: boolean, hear: (type: string, body: Buffer) => void): (data: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  let skip = bare ? 0 : 1;
  return (data) => {
    held = held.length === 0 ? data : Buffer.concat([held, data]);
    while (held.length >= skip + 4) {
      const end = skip + held.readUInt32BE(skip);
      if (held.length < end) return;
      hear(skip === 0 ? "" : String.fromCharCode(held[0] ?? 0), held.subarray(skip + 4, end));
      held = held.subarray(end);
      skip = 1;
    }
  };
}

/** Counts on one connection. */
function count(client: Socket, server: Socket, traffic: Counts): void {
  // The answer to the first message is on its way.
  let awaited = 1;
  let underWay = true;
  let wrote = false;
  const prepared = new Map<string, boolean>();
  const asks = cutter(true, (type, body) => {
    if (type === "" || type === "X") return;
    if (!underWay) traffic.roundTrips++;
    underWay = true;
    if (type === "Q" || type === "S") awaited++;
    const [first = "", second = ""] = body.toString("utf8").split("\0", 2);
    if (type === "Q") wrote ||= changing.test(first);
    if (type === "P") prepared.set(first, changing.test(second));
    // A portal, and the statement of which it is one.
    if (type === "B") wrote ||= prepared.get(second) === true;
  });
  const committed = (): void => {
    if (wrote) traffic.commits++;
    wrote = false;
  };
  const answers = cutter(false, (type, body) => {
    if (type === "C") {
      const tag = body.toString("latin1", 0, body.length - 1);
      if (!control.test(tag)) traffic.statements++;
      if (tag === "COMMIT") committed();
      if (tag === "ROLLBACK") wrote = false;
    }
    if (type !== ready) return;
    awaited--;
    underWay = awaited > 0;
    if (body.toString("latin1") === outside) committed();
  });
  client.on("data", (data: Buffer) => asks(data));
  server.on("data", (data: Buffer) => answers(data));
}

/** Opens a proxy before the database that a URL names; without TLS, on loopback. */
export async function openTap(to: string): Promise<Tap> {
  const target = new URL(to);
  const traffic: Counts = { statements: 0, roundTrips: 0, commits: 0 };
  const sockets = new Set<Socket>();
  const proxy = createServer({ noDelay: true }, (client) => {
    const server = connect(Number(target.port || 5432), target.hostname).setNoDelay(true);
    count(client, server, traffic);
    client.pipe(server);
    server.pipe(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const url = new URL(to);
  url.hostname = "127.0.0.1";
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    traffic: () => ({ ...traffic }),
    async close() {
      for (const socket of sockets) socket.destroy();
      await once(proxy.close(), "close");
    },
  };
}
