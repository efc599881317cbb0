import { createHash, timingSafeEqual } from "node:crypto";
import { engineErrors } from "../errors.ts";
import type { MorningError } from "../../core/errors.ts";
import { frameKinds, frameOf, protocolVersion } from "./frames.ts";

/**
 * The handshake, fixed binary so that nothing of a stranger is ever deserialised.
 * hello: "MORN", version (2 bytes), token (UTF-8). welcome: verdict (1 byte), the server's version
 * (2 bytes).
 */
const magic: Buffer = Buffer.from("MORN");
const helloHeadBytes = 6;

/** Verdicts of the server. */
export const verdicts = { welcome: 0, otherVersion: 1, refused: 2 } as const;

/** The first frame that a client sends. */
export function helloFrame(token: string, version: number = protocolVersion): Buffer {
  const head = Buffer.alloc(helloHeadBytes);
  magic.copy(head);
  head.writeUInt16BE(version, 4);
  return frameOf(frameKinds.hello, Buffer.concat([head, Buffer.from(token)]));
}

function sameText(given: Uint8Array, expected: string): boolean {
  const digest = (text: Uint8Array | string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** What the server thinks of a peer's first frame; undefined when it is no hello at all. */
export function judge(kind: number, payload: Buffer, token: string): number | undefined {
  if (kind !== frameKinds.hello || payload.byteLength < helloHeadBytes) return undefined;
  if (!payload.subarray(0, 4).equals(magic)) return undefined;
  if (payload.readUInt16BE(4) !== protocolVersion) return verdicts.otherVersion;
  return sameText(payload.subarray(helloHeadBytes), token) ? verdicts.welcome : verdicts.refused;
}

/** The server's answer. */
export function welcomeFrame(verdict: number): Buffer {
  const payload = Buffer.alloc(3);
  payload.writeUInt8(verdict, 0);
  payload.writeUInt16BE(protocolVersion, 1);
  return frameOf(frameKinds.welcome, payload);
}

/** The error that a client makes of the server's answer; undefined when it is welcome. */
export function refusalOf(path: string, kind: number, payload: Buffer): MorningError | undefined {
  if (kind !== frameKinds.welcome || payload.byteLength !== 3) {
    return engineErrors.MOR_SOCKET_PROTOCOL(`socket ${path}: the peer does not speak our protocol`);
  }
  const verdict = payload.readUInt8(0);
  if (verdict === verdicts.welcome) return undefined;
  if (verdict === verdicts.refused) {
    return engineErrors.MOR_SOCKET_REFUSED(`socket ${path}: the owner refused our token`);
  }
  const theirs = payload.readUInt16BE(1);
  return engineErrors.MOR_SOCKET_PROTOCOL(
    `socket ${path}: the owner speaks version ${theirs}, this process version ${protocolVersion}`,
    { details: { theirs, ours: protocolVersion } },
  );
}
