import type { Endpoint } from "../http/endpoint.ts";
import type { Intake } from "../intake.ts";
import { cloudwatchEndpoint } from "./cloudwatch.ts";
import { lokiEndpoint } from "./loki.ts";
import { remoteWriteEndpoint } from "./remote-write.ts";
import { sentryEndpoint } from "./sentry/endpoint.ts";
import { zipkinEndpoint } from "./zipkin.ts";

/** What the foreign protocols are made of. */
export interface ForeignOptions {
  readonly intake: Intake;
  /** Names of services by the project of a Sentry DSN. */
  readonly sentryServices?: Readonly<Record<string, string>>;
}

/** Every protocol over HTTP that is not OTLP; `foreignGate` goes with them. */
export function foreignEndpoints({ intake, sentryServices }: ForeignOptions): readonly Endpoint[] {
  return [
    sentryEndpoint({
      intake,
      ...(sentryServices === undefined ? {} : { services: sentryServices }),
    }),
    zipkinEndpoint(intake),
    lokiEndpoint(intake),
    remoteWriteEndpoint(intake),
    cloudwatchEndpoint(intake),
  ];
}
