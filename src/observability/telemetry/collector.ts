import { join } from "node:path";
import type { Cancel, Clock } from "../../core/clock.ts";
import { MorningError } from "../../core/errors.ts";
import type { Random } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import { logView } from "../api/shapes.ts";
import { fingerprintOf } from "../errors/fingerprint.ts";
import { openExporter } from "../export/index.ts";
import type { Exporter } from "../export/index.ts";
import { dropCounter } from "../ingest/dropped.ts";
import type { Authorize } from "../ingest/http/endpoint.ts";
import { foreignEndpoints } from "../ingest/compat/endpoints.ts";
import { credentialOf } from "../ingest/credential.ts";
import { intake } from "../ingest/intake.ts";
import type { Intake } from "../ingest/intake.ts";
import { redactBatch } from "../ingest/redact.ts";
import { startScraping } from "../ingest/scrape/scrape.ts";
import { ingest } from "../ingest/server.ts";
import type { Ingest } from "../ingest/server.ts";
import { syslogServer } from "../ingest/syslog/server.ts";
import { tail } from "../ingest/tail.ts";
import { makeLogParser } from "../logs/parsing/index.ts";
import { makeRedactor } from "../logs/redaction/index.ts";
import { decodeBatch } from "../signals/batch.ts";
import type { Filter } from "../signals/filter.ts";
import type { SignalWriter } from "../signals/store.ts";
import type { DropCounter, Dropped } from "../signals/store.ts";
import { appendBatch } from "./append.ts";
import type { IngestAnswer, IngestPorts, IngestRequest } from "./driver.ts";
import { parseStep } from "./parse-step.ts";
import { patternStep } from "./pattern-step.ts";
import type { PatternStep } from "./pattern-step.ts";
import type { TelemetrySettings } from "./settings.ts";
import { makeSightings } from "./sightings.ts";
import type { IngestDoor, TelemetryLedger, TelemetryTap } from "./wiring.ts";
import type { WantedPorts, WorkerTails } from "./worker-offer.ts";

/** What takes telemetry in is made of. */
export interface CollectorOptions {
  readonly settings: TelemetrySettings;
  /** Folder of its own files: the buffer of exports. */
  readonly folder: string;
  readonly hostname: string;
  readonly ports: WantedPorts;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly writer: SignalWriter;
  readonly ledger: TelemetryLedger;
  readonly door: IngestDoor;
  readonly tap: TelemetryTap;
}

/** Takes telemetry in from everywhere: checks, redacts, parses, mines, stores, and sends on. */
export interface Collector extends SignalWriter {
  readonly dropped: DropCounter;
  readonly tails: WorkerTails;
  ingest(request: IngestRequest): Promise<IngestAnswer>;
  listen(free: boolean): Promise<IngestPorts>;
  close(): Promise<void>;
}

/** How often the state of the miner is kept, milliseconds. */
const keepMs = 10_000;
/** How often its news are told, milliseconds. */
const tellMs = 1000;

/** Asks the platform's door; what it answered is remembered for a while. */
function doorkeeper(door: IngestDoor, clock: Clock): Authorize {
  const known = new Map<string, { readonly client: string; readonly untilMs: number }>();
  const rememberMs = 30_000;
  return async (headers, address) => {
    const credential = credentialOf(headers);
    const key = `${credential ?? ""} ${address}`;
    const found = known.get(key);
    if (found !== undefined && found.untilMs > clock.monotonic()) return { client: found.client };
    try {
      const name = await door.authorize(credential, address);
      const client = credential === undefined ? address : name;
      if (known.size > 10_000) known.clear();
      known.set(key, { client, untilMs: clock.monotonic() + rememberMs });
      return { client };
    } catch (error) {
      if (!MorningError.is(error)) throw error;
      return { status: error.status === 403 ? 403 : 401, message: error.message };
    }
  };
}

/** Keeps the platform informed of what the miner finds. */
function minerNews(options: CollectorOptions, step: PatternStep): { close(): Promise<void> } {
  const { clock, ledger, log } = options;
  let cancel: Cancel = () => {};
  let keptAt = clock.monotonic();
  let telling: Promise<void> = Promise.resolve();
  const tell = async (last: boolean): Promise<void> => {
    const news = step.news();
    if (news.length > 0) await ledger.learn(news);
    const merged = last || clock.monotonic() - keptAt >= keepMs ? step.merged() : [];
    if (merged.length > 0) await ledger.merge(merged);
    if (!last && clock.monotonic() - keptAt < keepMs) return;
    keptAt = clock.monotonic();
    if (last || news.length > 0) await ledger.saveMiner(step.snapshot());
  };
  const failed = (error: unknown): void =>
    log.warn("log patterns could not be kept", { error: String(error) });
  const arm = (): void => {
    cancel = clock.after(tellMs, () => {
      telling = tell(false).catch(failed);
      void telling.then(arm);
    });
  };
  arm();
  return {
    async close() {
      cancel();
      await telling;
      await tell(true).catch(failed);
    },
  };
}

async function openExports(
  { settings, folder, clock, random }: CollectorOptions,
  dropped: DropCounter,
): Promise<Exporter | undefined> {
  if (settings.exports.length === 0) return undefined;
  return openExporter({
    folder: join(folder, "export"),
    destinations: settings.exports,
    clock,
    random,
    report: (name, signal, why, count, sample) =>
      dropped.drop(`export:${name}`, signal, why, count, sample),
  });
}

function openTails(options: CollectorOptions): {
  tails: WorkerTails;
  readonly offer: (batch: Uint8Array) => void;
} {
  const { clock, tap } = options;
  const made = tail(clock);
  const open = new Map<string, Cancel>();
  return {
    offer: (batch) => made.offer(batch),
    tails: {
      async open(id: string, filter: Filter) {
        const cancel = made.open("logs", filter, ({ records, leftOut, unseen }) => {
          const lines = records.map((record, at) =>
            logView({ id: `tail-${record.timeNs}-${at}`, record }),
          );
          void tap.tailed(id, { lines, leftOut: leftOut + unseen }).catch(() => open.delete(id));
        });
        open.set(id, cancel);
      },
      async close(id) {
        open.get(id)?.();
        open.delete(id);
      },
    },
  };
}

/** What comes from the platform's own processes, as one more client. */
async function takeOwn(way: Intake, batch: Uint8Array): Promise<void> {
  const decoded = decodeBatch(batch);
  const grant = way.admit("platform", batch.length);
  grant.grow(batch.length);
  await way.take(grant, {
    source: "platform",
    signal: "unknown",
    decode: (sheet) => {
      appendBatch(sheet.batch, decoded);
      return { signal: "logs", accepted: 0, rejected: 0, problems: [] };
    },
  });
}

/** Opens the ports that are wanted; any free ones where `free`. */
async function openPorts(
  { ports, hostname, clock }: CollectorOptions,
  opened: Ingest,
  way: Intake,
  free: boolean,
): Promise<{ readonly found: IngestPorts; readonly closeSyslog: () => Promise<void> }> {
  const portOf = (port: number | undefined): number | undefined =>
    port === undefined || !free ? port : 0;
  const httpPort = portOf(ports.otlpHttp);
  const grpcPort = portOf(ports.otlpGrpc);
  const { http, grpc } = await opened.listen({
    host: hostname,
    ...(httpPort === undefined ? {} : { httpPort }),
    ...(grpcPort === undefined ? {} : { grpcPort }),
  });
  const found: IngestPorts = {
    ...(http === undefined ? {} : { otlpHttp: http }),
    ...(grpc === undefined ? {} : { otlpGrpc: grpc }),
  };
  const port = portOf(ports.syslog);
  if (port === undefined) return { found, closeSyslog: () => Promise.resolve() };
  try {
    const syslog = await syslogServer({ intake: way, clock, host: hostname, port });
    return { found: { ...found, syslog: syslog.port }, closeSyslog: () => syslog.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Opens the collector. */
export async function openCollector(options: CollectorOptions): Promise<Collector> {
  const { settings, clock, log, writer, ledger } = options;
  const redactor = makeRedactor(settings.redaction);
  const dropped = dropCounter({ clock, redact: (text) => redactor.text(text) });
  const patterns = patternStep(clock, settings.patternShare, await ledger.loadMiner());
  const news = minerNews(options, patterns);
  const exporter = await openExports(options, dropped);
  const sightings = makeSightings(
    clock,
    (seen) => ledger.seen(seen),
    (error) => log.warn("errors could not be counted", { error: String(error) }),
  );
  const { tails, ...tailing } = openTails(options);
  const parsing = settings.parsing.length === 0 ? [] : [parseStep(makeLogParser(settings.parsing))];
  const way = intake({
    writer,
    dropped,
    clock,
    // What parsing takes out is redacted too, and templates hold no secrets.
    steps: [...parsing, redactBatch(redactor), (batch) => patterns.step(batch)],
    stored: (batch) => {
      tailing.offer(batch);
      sightings.stored(batch);
      void exporter?.offer(batch);
    },
  });
  const opened: Ingest = ingest({
    intake: way,
    clock,
    authorize: doorkeeper(options.door, clock),
    fingerprint: (type, message, stack, service) =>
      fingerprintOf({ type, message, stack, service }).id,
    endpoints: foreignEndpoints({ intake: way }),
    origins: settings.browserOrigins,
    ...(settings.bodyBytesMax === undefined ? {} : { bodyBytesMax: settings.bodyBytesMax }),
  });
  let stopSyslog = (): Promise<void> => Promise.resolve();
  const scraping = startScraping({ targets: settings.scrape, intake: way, clock });
  return {
    dropped,
    tails,
    write: (batch) => takeOwn(way, batch),
    ingest: (request) => opened.handle(request),
    async listen(free) {
      const { found, closeSyslog } = await openPorts(options, opened, way, free);
      stopSyslog = closeSyslog;
      return found;
    },
    async close() {
      await scraping.close();
      await stopSyslog();
      await opened.close();
      await way.close();
      await sightings.close();
      await news.close();
      await exporter?.close(2000);
    },
  };
}

/** What was dropped, as rows to count again. */
export function dropAgain(counter: DropCounter, dropped: Omit<Dropped, "lastAtMs">): void {
  const { source, signal, reason, count, sample } = dropped;
  counter.drop(source, signal, reason, count, sample);
}
