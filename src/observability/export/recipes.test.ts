import { describe, expect, it } from "vitest";
import { checkDestination, describeDestination } from "./destination.ts";
import * as recipes from "./recipes.ts";

const secret = "s3cret-of-the-recipe";

const made = [
  recipes.toCollector({ url: "http://collector:4318" }),
  recipes.toCollector({ url: "http://collector:4317", grpc: true, name: "collector-grpc" }),
  recipes.toJaeger({ url: "http://jaeger:4318" }),
  recipes.toZipkin({ url: "http://zipkin:9411/" }),
  recipes.toPrometheus({ url: "http://prometheus:9090/api/v1/write" }),
  recipes.toTempo({ url: "http://tempo:4318" }),
  recipes.toLoki({ url: "http://loki:3100", tenant: "shop" }),
  recipes.toLoki({ url: "http://loki:3100/", push: true, name: "loki-push" }),
  recipes.toGrafanaCloud({ url: "https://gateway/otlp", instanceId: "1", token: secret }),
  recipes.toDatadog({ site: "datadoghq.eu", apiKey: secret }),
  recipes.toDatadogAgent({ url: "http://agent:4318" }),
  recipes.toNewRelic({ licenseKey: secret, region: "eu" }),
  recipes.toHoneycomb({ apiKey: secret, metricsDataset: "metrics" }),
  recipes.toElastic({ url: "https://apm:8200", secretToken: secret }),
  recipes.toElastic({ url: "https://managed", apiKey: secret, name: "elastic-managed" }),
  ...recipes.toSentry({ dsn: `https://${secret}@o1.ingest.sentry.io/7`, otlp: true }),
  recipes.toOpenSearch({ url: "https://search:9200", username: "u", password: secret }),
];

/** The secret as it is, and as basic authentication hides it. */
const hidden = [
  secret,
  ...["1", "u"].map((user) => Buffer.from(`${user}:${secret}`).toString("base64")),
];

describe("a recipe", () => {
  it.each(made)("$name makes a destination that is taken, and shows no secret", (one) => {
    const shown = JSON.stringify(describeDestination(checkDestination(one)));
    for (const text of hidden) expect(shown).not.toContain(text);
    expect(shown).toContain(one.kind);
  });

  it("has a name of its own where none is given", () => {
    expect(new Set(made.map(({ name }) => name)).size).toBe(made.length);
  });

  it("knows where each back end listens", () => {
    const urls = Object.fromEntries(made.map(({ name, url }) => [name, url]));
    expect(urls).toMatchObject({
      zipkin: "http://zipkin:9411/api/v2/spans",
      loki: "http://loki:3100/otlp",
      "loki-push": "http://loki:3100/loki/api/v1/push",
      datadog: "https://otlp.datadoghq.eu",
      "new-relic": "https://otlp.eu01.nr-data.net",
      "sentry-otlp": "https://o1.ingest.sentry.io/api/7/integration/otlp",
    });
  });
});
