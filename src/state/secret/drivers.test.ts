import { expect, expectTypeOf, test } from "vitest";
import { engineGap } from "../../../conformance/gaps.ts";
import { service } from "../../core/service.ts";
import { emulatorScope, provision } from "../../testing/aws/provision.ts";
import { secretMakers, setSecret } from "../../testing/aws/secrets.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { testHost } from "../../testing/host.ts";
import { routesClient } from "../routes.contract.ts";
import { contractSecrets, secretContract } from "./contract.ts";
import type { SecretsUnderTest } from "./contract.ts";
import { driver as environment } from "./drivers/environment.ts";
import { driver as secretsManager } from "./drivers/secrets-manager.ts";
import { infra } from "./infra.ts";
import type { Redacted } from "./redacted.ts";
import { secretRoutes } from "./routes.ts";
import { keptMs, openSecrets } from "./runtime.ts";
import { secret } from "./secret.ts";
import type { SecretReader } from "./secret.ts";

const prefix = `MORNING_SECRET_TEST_${process.pid}_`;

secretContract("secret in the environment", async () => {
  const host = testHost();
  const names = new Set<string>();
  return {
    host,
    driver: await environment.open(host, { prefix }),
    async set(name, value) {
      const variable = prefix + name.toUpperCase().replaceAll(/[.-]/g, "_");
      names.add(variable);
      process.env[variable] = value;
    },
    async close() {
      for (const variable of names) delete process.env[variable];
    },
  };
});

const region = "us-east-1";

/** Secrets Manager on an emulator, with the secrets that synth would deploy. */
async function openSecretsManager(endpoint: string): Promise<SecretsUnderTest> {
  const app = `secret${process.pid}`;
  const scope = emulatorScope({ app, environment: "test", region, account: "000000000000" });
  for (const one of contractSecrets) {
    await provision(infra.resources(one, scope), scope, secretMakers(endpoint, region));
  }
  const host = testHost({ app, environment: "test" });
  return {
    host,
    driver: await secretsManager.open(host, { endpoint, region }),
    set: (name, value) => setSecret(endpoint, region, scope.name("secret", name), value),
    close: () => host.close(),
  };
}

const emulators = { moto: "MORNING_TEST_AWS_URL", ministack: "MORNING_TEST_MINISTACK_URL" };
for (const [engine, variable] of Object.entries(emulators)) {
  const endpoint = process.env[variable];
  const suite = `secrets-manager on ${engine} [needs ${variable}]`;
  secretContract(suite, () => openSecretsManager(endpoint ?? ""), {
    skip: endpoint === undefined,
    gap: (name) => engineGap(engine, "secrets-manager", name),
  });
}

const paymentKey = secret("payment-key");

test("a value that may change is read again after five minutes, once for all who ask", async () => {
  const clock = simulatedClock();
  let reads = 0;
  const driver = {
    features: { rotates: true },
    get: async () => ({ value: String(++reads), version: "v" }),
    close: async () => {},
  };
  const runtime = await openSecrets(testHost({ clock }), driver, [paymentKey]);
  const reader = runtime.hold(paymentKey.reader(), { service: "suite" }) as SecretReader;
  const asks = await Promise.all([reader.get(), reader.get(), reader.get()]);
  expect(asks.map((one) => one.reveal())).toEqual(["1", "1", "1"]);
  clock.advance(keptMs - 1);
  expect((await reader.get()).reveal()).toBe("1");
  clock.advance(1);
  expect((await reader.get()).reveal()).toBe("2");
});

test("a holder of a secret can only read it, and only that compiles", () => {
  service("payments", {
    uses: { key: paymentKey.reader() },
    routes: ({ key }) => {
      const calls = (): unknown[] => [
        // @ts-expect-error nobody sets a secret from within
        key.put("x"),
        // @ts-expect-error a redacted value is no text
        key.get().then((value) => value.length),
      ];
      expectTypeOf(calls).returns.toEqualTypeOf<unknown[]>();
      expectTypeOf(key.get()).toEqualTypeOf<Promise<Redacted>>();
      return [];
    },
  });
  expect(() => secret("Payment_Key")).toThrow(expect.objectContaining({ code: "MOR_NAME" }));
});

test("a grant names the one secret, and the API no value", async () => {
  const account = "123456789012";
  const scope = emulatorScope({ app: "shop", environment: "test", region, account });
  const id = scope.logicalId("Secret", "payment-key");
  expect(infra.grants(paymentKey.reader(), scope)).toEqual([
    { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: [{ Ref: id }] },
  ]);
  expect(infra.resources(paymentKey, scope)[id]?.Properties).toEqual({
    Name: "shop/test/payment-key",
  });
  const driver = await environment.open(testHost(), {});
  const runtime = await openSecrets(testHost(), driver, [paymentKey]);
  const routes = secretRoutes(runtime);
  expect(routes.map(({ options }) => options.role)).toEqual(["viewer"]);
  expect(await routesClient(routes).request("GET", "/secrets")).toEqual({
    secrets: [{ name: "payment-key", description: "" }],
  });
  const bad = environment.open(testHost(), { prefix: "lower" });
  await expect(bad).rejects.toMatchObject({ code: "MOR_CONFIG" });
});
