import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test as vitestTest } from "vitest";
import { MorningError } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";
import type { SecretDriver } from "./driver.ts";
import { openSecrets } from "./runtime.ts";
import { secret } from "./secret.ts";
import type { SecretReader } from "./secret.ts";

/** The secrets that the engine under test must have; only the first has a value at first. */
export const contractSecrets: ReturnType<typeof secret>[] = [
  secret("payment-key", { description: "API key of the bank" }),
  secret("unset.key"),
];

/** What a contract needs of its engine. */
export interface SecretsUnderTest {
  readonly host: Host;
  readonly driver: SecretDriver;
  /** Sets a value, as people do outside of the app. */
  set(name: string, value: string): Promise<void>;
  close(): Promise<void>;
}

/** What every secret driver must do on its engine. */
export function secretContract(
  name: string,
  open: () => Promise<SecretsUnderTest>,
  options: { readonly skip?: boolean; gap?(name: string): string | undefined } = {},
): void {
  const test = (title: string, run: () => Promise<void>): void =>
    vitestTest.skipIf(options.gap?.(title) !== undefined)(title, run);

  describe.skipIf(options.skip === true)(name, () => {
    let opened: SecretsUnderTest;
    let readers: readonly SecretReader[];

    beforeAll(async () => {
      opened = await open();
      const runtime = await openSecrets(opened.host, opened.driver, contractSecrets);
      readers = contractSecrets.map((one) => {
        return runtime.hold(one.reader(), { service: "suite" }) as SecretReader;
      });
      await opened.set("payment-key", "first-value ✓");
    });
    afterAll(() => opened.close());

    test("a value is what was set, and nothing but reveal gives it", async () => {
      const found = await readers[0]?.get();
      expect(found?.reveal()).toBe("first-value ✓");
      const written = [
        String(found),
        `${found?.toString()}`,
        JSON.stringify({ found }),
        inspect({ found }, { depth: 9, showHidden: true }),
        Object.values(found ?? {})
          .map(String)
          .join(),
      ].join("\n");
      expect(written).toContain("[secret payment-key]");
      expect(written).not.toContain("first-value");
    });

    test("a secret without a value is a named error that says where to set it", async () => {
      const error = await readers[1]?.get().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(MorningError.is(error, "MOR_SECRET_MISSING")).toBe(true);
      expect((error as MorningError).fix).toMatch(/[Ss]et/);
    });

    test("a value that is set later is found, since failures are not kept", async () => {
      const [, reader] = readers;
      await expect(reader?.get()).rejects.toMatchObject({ code: "MOR_SECRET_MISSING" });
      await opened.set("unset.key", "second-value");
      expect((await reader?.get())?.reveal()).toBe("second-value");
    });

    test("a fresh read sees a changed value, others keep what they have for a while", async () => {
      const [reader] = readers;
      await reader?.get();
      await opened.set("payment-key", "third-value");
      expect((await reader?.get())?.reveal()).toBe("first-value ✓");
      expect((await reader?.get({ fresh: true }))?.reveal()).toBe("third-value");
      expect((await reader?.get())?.reveal()).toBe("third-value");
    });
  });
}
