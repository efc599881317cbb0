import { lookup } from "node:dns";
import type { LookupAddress } from "node:dns";
import { BlockList, isIP } from "node:net";
import type { LookupFunction } from "node:net";
import { eventErrors } from "./errors.ts";

/**
 * Networks that are not the public internet (IANA special-purpose address registries, RFC 6890).
 */
const networks: readonly (readonly [string, number, "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.88.99.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  ["::", 96, "ipv6"],
  ["64:ff9b::", 96, "ipv6"],
  ["64:ff9b:1::", 48, "ipv6"],
  ["100::", 64, "ipv6"],
  ["2001::", 23, "ipv6"],
  ["2001:db8::", 32, "ipv6"],
  ["2002::", 16, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["fec0::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

function blockList(): BlockList {
  const list = new BlockList();
  for (const [network, bits, family] of networks) list.addSubnet(network, bits, family);
  return list;
}

const blocked = blockList();

/** Whether an address is on the public internet. IPv4 within IPv6 counts as what it is. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return !blocked.check(address, family === 4 ? "ipv4" : "ipv6");
}

function refused(subject: string, reason: string): Error {
  return eventErrors.MOR_EVENT_WEBHOOK_ADDRESS(`${subject}: ${reason}`);
}

/**
 * Checks where a webhook goes.
 * @throws MOR_EVENT_WEBHOOK_ADDRESS when it is no https address, holds credentials or names an
 * address not public
 */
export function checkWebhookUrl(url: string, allowPrivate: boolean, subject: string): URL {
  if (!URL.canParse(url)) throw refused(subject, `${url} is no address`);
  const parsed = new URL(url);
  if (parsed.username !== "" || parsed.password !== "") {
    throw refused(subject, "an address must not hold credentials");
  }
  const plain = parsed.protocol === "http:" && allowPrivate;
  if (parsed.protocol !== "https:" && !plain) throw refused(subject, `${url} is not https`);
  const literal = parsed.hostname.replace(/^\[|\]$/g, "");
  if (!allowPrivate && isIP(literal) !== 0 && !isPublicAddress(literal)) {
    throw refused(subject, `${parsed.hostname} is not a public address`);
  }
  return parsed;
}

/**
 * Looks names up for a connection and refuses those with an address that is not public. The
 * connection goes to the address that was checked, so that a name cannot point elsewhere in between
 * (DNS rebinding).
 */
export function publicLookup(subject: string): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = found as readonly LookupAddress[];
      const foul = error ? undefined : addresses.find(({ address }) => !isPublicAddress(address));
      if (error !== null || foul !== undefined) {
        const cause = error ?? refused(subject, `${hostname} is ${foul?.address}, not public`);
        return callback(cause, []);
      }
      if (options.all === true) return callback(null, [...addresses]);
      const [first] = addresses;
      return callback(null, first?.address ?? "", first?.family);
    });
  };
}
