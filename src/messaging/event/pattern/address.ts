/** IPv4 addresses compare as numbers, IPv6 as 32 hexadecimal digits; both ends are included. */
export type AddressRange =
  | { readonly family: 4; readonly low: number; readonly high: number }
  | { readonly family: 6; readonly low: string; readonly high: string };

const v4Shape = /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/;
const v6Shape = /^[0-9a-fA-F:]*:[0-9a-fA-F:]*$/;
const addressCharsMax = 64;

function parseV4(text: string): number | undefined {
  let key = 0;
  for (const part of text.split(".")) {
    const octet = Number(part);
    if (octet > 255) return undefined;
    key = key * 256 + octet;
  }
  return key;
}

function hexGroups(text: string): string[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  if (groups.some((group) => group.length === 0 || group.length > 4)) return undefined;
  return groups.map((group) => group.toLowerCase().padStart(4, "0"));
}

function parseV6(text: string): string | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = hexGroups(halves[0] ?? "");
  const tail = halves.length === 2 ? hexGroups(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array<string>(missing).fill("0000"), ...tail].join("");
}

const mappedHead = `${"0".repeat(20)}ffff`;

/**
 * Whether a text is written with the letters of an address: what EventBridge reads as one,
 * without a look at whether it is a possible address.
 */
export function looksLikeAddress(text: string): boolean {
  return text.length <= addressCharsMax && (v4Shape.test(text) || v6Shape.test(text));
}

/**
 * The range that holds one address alone, or undefined. An IPv4-mapped IPv6 address is the IPv4
 * address (RFC 4291, 2.5.5.2), as in EventBridge's own implementation.
 */
export function parseAddress(text: string): AddressRange | undefined {
  if (!looksLikeAddress(text)) return undefined;
  if (v4Shape.test(text)) {
    const key = parseV4(text);
    return key === undefined ? undefined : { family: 4, low: key, high: key };
  }
  const key = parseV6(text);
  if (key === undefined) return undefined;
  if (!key.startsWith(mappedHead)) return { family: 6, low: key, high: key };
  const mapped = Number.parseInt(key.slice(mappedHead.length), 16);
  return { family: 4, low: mapped, high: mapped };
}

function widen(address: AddressRange, maskBits: number): AddressRange {
  if (address.family === 4) {
    const size = 2 ** (32 - maskBits);
    const low = Math.floor(address.low / size) * size;
    return { family: 4, low, high: low + size - 1 };
  }
  const free = BigInt(128 - maskBits);
  const low = (BigInt(`0x${address.low}`) >> free) << free;
  const high = low | ((1n << free) - 1n);
  const digits = (key: bigint): string => key.toString(16).padStart(32, "0");
  return { family: 6, low: digits(low), high: digits(high) };
}

/** A network (RFC 4632), or the reason for which EventBridge refuses it. */
export function parseNetwork(text: string): AddressRange | { readonly reason: string } {
  const [host, mask, ...rest] = text.split("/");
  if (host === undefined || mask === undefined || rest.length > 0) {
    return { reason: "Malformed CIDR, one '/' required" };
  }
  if (!/^[+-]?[0-9]{1,9}$/.test(mask)) {
    return { reason: "Malformed CIDR, mask bits must be an integer" };
  }
  const maskBits = Number(mask);
  if (maskBits < 0) return { reason: "Malformed CIDR, mask bits must not be negative" };
  if (!looksLikeAddress(host)) return { reason: `Nonstandard IP address: ${host}` };
  const address = parseAddress(host);
  if (address === undefined) return { reason: `Invalid IP address: ${host}` };
  if (address.family === 4 && maskBits > 31) return { reason: "IPv4 mask bits must be < 32" };
  if (address.family === 6 && maskBits > 127) return { reason: "IPv6 mask bits must be < 128" };
  return widen(address, maskBits);
}

/** Whether `range` holds `address`. */
export function holdsAddress(range: AddressRange, address: AddressRange): boolean {
  if (range.family === 4) {
    return address.family === 4 && range.low <= address.low && address.low <= range.high;
  }
  return address.family === 6 && range.low <= address.low && address.low <= range.high;
}
