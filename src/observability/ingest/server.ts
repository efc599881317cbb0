import type { Clock } from "../../core/clock.ts";
import { foreignGate } from "./compat/gate.ts";
import type { Endpoint, Authorize } from "./http/endpoint.ts";
import type { Answer } from "./http/endpoint.ts";
import { gate } from "./http/gate.ts";
import type { MountedRequest } from "./http/gate.ts";
import { ingestServer } from "./http/server.ts";
import type { ConnectionLimits, Listening } from "./http/server.ts";
import type { Intake } from "./intake.ts";
import type { Fingerprint, OtlpLimits } from "./otlp/context.ts";
import { otlpEndpoint } from "./otlp/endpoint.ts";
import { grpcServer } from "./otlp/grpc.ts";
import { otlpDecoder } from "./otlp/wire.ts";
import type { OtlpSignal } from "./otlp/wire.ts";

/** What taking telemetry in is made of. */
export interface IngestOptions {
  readonly intake: Intake;
  readonly clock: Clock;
  readonly authorize: Authorize;
  readonly fingerprint: Fingerprint;
  /** Other protocols, asked before OTLP whether a path is theirs. */
  readonly endpoints?: readonly Endpoint[];
  /** Bytes of a request, before and after decompression; 64 MiB by default. */
  readonly bodyBytesMax?: number;
  readonly otlpLimits?: Partial<OtlpLimits>;
  /** Signals by path where they are not the default ones. */
  readonly otlpPaths?: Readonly<Record<string, OtlpSignal>>;
  /** Origins of browsers that may send. */
  readonly origins?: readonly string[];
  readonly connections?: Partial<ConnectionLimits>;
}

/** Where to listen; a port that is left out is not opened, 0 is any free one. */
export interface IngestAddresses {
  readonly host: string;
  readonly httpPort?: number;
  readonly grpcPort?: number;
}

/** Ports that listen. */
export interface IngestPorts {
  readonly http?: number;
  readonly grpc?: number;
}

/** Telemetry's way in. */
export interface Ingest {
  /** Serves one request that came over another port, whose sender was let in there. */
  handle(request: MountedRequest): Promise<Answer>;
  /** Opens ports. @throws MOR_PORT_TAKEN; what was opened before is closed again */
  listen(addresses: IngestAddresses): Promise<IngestPorts>;
  /** Closes the ports; what was taken is written by the intake's own `close`. */
  close(): Promise<void>;
}

/**
 * Makes the way in for OTLP over HTTP and gRPC and for further protocols over HTTP. One decoder
 * serves all: it is synchronous.
 */
export function ingest(options: IngestOptions): Ingest {
  const { intake, clock, authorize, fingerprint, bodyBytesMax, origins } = options;
  const limits = options.otlpLimits;
  const decoder = otlpDecoder({ fingerprint, ...(limits === undefined ? {} : { limits }) });
  const paths = options.otlpPaths;
  const otlp = otlpEndpoint({ intake, decoder, ...(paths === undefined ? {} : { paths }) });
  const opened = foreignGate(
    gate({
      intake,
      authorize,
      endpoints: [...(options.endpoints ?? []), otlp],
      ...(bodyBytesMax === undefined ? {} : { bodyBytesMax }),
      ...(origins === undefined ? {} : { origins }),
    }),
  );
  const listening: Listening[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(listening.splice(0).map((one) => one.close()));
  };
  const keep = (one: Listening): number => {
    listening.push(one);
    return one.port;
  };
  const open = async ({ host, httpPort, grpcPort }: IngestAddresses): Promise<IngestPorts> => {
    const ports: { http?: number; grpc?: number } = {};
    if (httpPort !== undefined) {
      const limitsGiven = options.connections === undefined ? {} : { limits: options.connections };
      const shared = { gate: opened, clock, host, port: httpPort, ...limitsGiven };
      ports.http = keep(
        await ingestServer({ ...shared, ...(origins === undefined ? {} : { origins }) }),
      );
    }
    if (grpcPort !== undefined) {
      const shared = { intake, decoder, authorize, clock, host, port: grpcPort };
      const given = bodyBytesMax === undefined ? {} : { messageBytesMax: bodyBytesMax };
      ports.grpc = keep(await grpcServer({ ...shared, ...given }));
    }
    return ports;
  };
  return {
    handle: (request) => opened.handle(request),
    async listen(addresses) {
      try {
        return await open(addresses);
      } catch (error) {
        await close();
        throw error;
      }
    },
    close,
  };
}
