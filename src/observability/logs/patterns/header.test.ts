import { expect, test } from "vitest";
import { seededRandom } from "../../../core/ids.ts";
import { readHeaders } from "./header.ts";
import { labelledLines } from "./labelled.contract.ts";
import { secondSystems } from "./labelled-second.contract.ts";
import { tuningSystems } from "./labelled-tuning.contract.ts";

const seed = 11;
const random = seededRandom(seed);
const draw = (below: number): number => Math.floor(random.next() * below);
const two = (value: number): string => String(value).padStart(2, "0");
const time = (): string => `${two(draw(24))}:${two(draw(60))}:${two(draw(60))}`;
const date = (): string => `20${10 + draw(16)}-${two(1 + draw(12))}-${two(1 + draw(28))}`;
const pick = (...values: readonly string[]): string => values[draw(values.length)] as string;
const month = (): string => pick("Jan", "Jul", "Nov", "Dec");
const level = (): string => pick("INFO", "INFO", "WARN", "ERROR", "DEBUG");

/** What stands before the message in the logs of the field. */
const headers: Readonly<Record<string, (message: string) => string>> = {
  "syslog of RFC 3164": (message) =>
    `${month()} ${String(1 + draw(28)).padStart(2)} ${time()} host${draw(3)} ` +
    `${pick("sshd(pam_unix)", "kernel", "cron")}[${draw(9999)}]: ${message}`,
  "log4j with a class": (message) =>
    `${date()} ${time()},${100 + draw(899)} ${level()} ` +
    `org.example.${pick("Alpha", "Beta$Inner", "Gamma")}: ${message}`,
  "log4j with a thread": (message) =>
    `${date()} ${time()},${100 + draw(899)} - ${level().padEnd(5)} ` +
    `[worker-${draw(9)}:Alpha@${draw(999)}] - ${message}`,
  "short date and class": (message) =>
    `17/06/${two(1 + draw(28))} ${time()} ${level()} storage.${pick("Alpha", "Beta")}: ${message}`,
  "compact date, pid, level, class": (message) =>
    `081109 ${two(draw(24))}${two(draw(60))}${two(draw(60))} ${draw(999)} ${level()} ` +
    `dfs.${pick("Alpha", "Beta$Inner")}: ${message}`,
  "Apache's error log": (message) =>
    `[Sun ${month()} ${two(1 + draw(28))} ${time()} 2025] [${pick("error", "notice")}] ${message}`,
  logcat: (message) =>
    `03-17 ${time()}.${100 + draw(899)}  ${1000 + draw(8000)}  ${1000 + draw(8000)} ` +
    `${pick("D", "I", "V", "W")} ${pick("Alpha", "Beta", "Gamma")}: ${message}`,
  pipes: (message) =>
    `20171223-${draw(24)}:${draw(60)}:${draw(60)}:${draw(999)}|Step_${pick("A", "B")}|` +
    `${30000000 + draw(99999)}|${message}`,
  "console of an HPC machine": (message) =>
    `- ${1_117_838_570 + draw(9999)} 2005.06.03 R0${draw(9)}-M1-N${draw(9)}-C:J12-U11 ` +
    `2005-06-03-15.42.50.${100000 + draw(899999)} R02-M1-N0-C:J12-U11 RAS KERNEL ${level()} ` +
    message,
  "syslog of a cluster": (message) =>
    `- ${1_131_566_461 + draw(9999)} 2005.11.09 dn${draw(300)} ${month()} ${1 + draw(28)} ` +
    `${time()} dn${draw(300)}/dn${draw(300)} crond(pam_unix)[${draw(9999)}]: ${message}`,
  "servicing log": (message) =>
    `${date()} ${time()}, ${pick("Info", "Info", "Error")}                  CBS    ${message}`,
  "proxy log": (message) => `[10.30 ${time()}] ${pick("chrome", "curl")}.exe - ${message}`,
  "service of a cloud": (message) =>
    `api.log.1.2017-05-16_13:53:08 ${date()} ${time()}.${100 + draw(899)} ${25000 + draw(999)} ` +
    `${level()} nova.${pick("osapi", "virt")}.server [req-${draw(99999)} - - -] ${message}`,
  PostgreSQL: (message) =>
    `${date()} ${time()}.${100 + draw(899)} UTC [${draw(99999)}] LOG:  ${message}`,
  Redis: (message) =>
    `${draw(9999)}:M ${1 + draw(28)} Nov 2026 ${time()}.${100 + draw(899)} * ${message}`,
  "JSON lines": (message) => JSON.stringify({ time: date(), level: level(), msg: message }),
};

const messages = Object.values({ ...tuningSystems, ...secondSystems })
  .flatMap((system) => labelledLines(system, 60, seed).lines)
  .map((line) => line.trim());

test.each(Object.keys(headers))("cuts off: %s", (name) => {
  const lines = messages.map(headers[name] as (message: string) => string);
  const read = readHeaders(lines.slice(0, 500));
  const wrong = lines.flatMap((line, at) => (read(line) === messages[at] ? [] : [read(line)]));
  expect(wrong.length / lines.length, `seed ${seed}: ${wrong.slice(0, 5).join("\n")}`).toBeLessThan(
    0.03,
  );
});

test("leaves messages alone", () => {
  for (const [name, system] of Object.entries({ ...tuningSystems, ...secondSystems })) {
    const { lines } = labelledLines(system, 800, seed);
    const read = readHeaders(lines.slice(0, 500));
    expect(
      lines.filter((line) => read(line) !== line),
      `${name}, seed ${seed}`,
    ).toEqual([]);
  }
});
