/** One message as it came over the wire. */
export interface Frame {
  readonly bytes: Uint8Array;
  /** Whether it was longer than the limit, and is only its beginning. */
  readonly cut: boolean;
}

const newline = 0x0a;
const nul = 0x00;
const space = 0x20;
const less = 0x3c;

/** Digits of a length at most. */
const digitsMax = 8;
/** A frame that says it is longer than this is no frame. */
const lengthMax = 16 * 1024 ** 2;

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x30 && byte <= 0x39;

/**
 * How the next frame begins: with its length, without, not at all, or with too little to tell.
 */
type Beginning =
  | { readonly type: "counted"; readonly length: number; readonly header: number }
  | { readonly type: "line" | "foreign" | "more" };

/**
 * Cuts a connection's bytes into messages by both framings of RFC 6587: octet counting (3.4.1) and
 * a terminator (3.4.2), which is LF, or NUL for senders that end with it.
 */
export class FrameReader {
  private readonly frameBytesMax: number;
  private held: Uint8Array = new Uint8Array(0);
  /** Bytes of a cut frame that are still to come. */
  private skipped = 0;
  private isSkippingLine = false;
  private terminator: typeof newline | typeof nul | undefined;
  private wasCounted = false;
  private isBegun = false;
  /** Whether the connection speaks something else: nothing more can be read from it. */
  isForeign = false;

  /** @param frameBytesMax bytes of one message; a longer one is cut */
  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  /** The frames that the next piece completes. */
  read(chunk: Uint8Array): readonly Frame[] {
    this.held = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    const frames: Frame[] = [];
    let isGoingOn = true;
    while (isGoingOn && !this.isForeign) isGoingOn = this.next(frames);
    // A view of the chunk would keep all of it; a piece of the next frame is small.
    this.held = this.isForeign ? new Uint8Array(0) : Uint8Array.from(this.held);
    return frames;
  }

  /** What is left when the connection ends: a line without its end. */
  end(): { readonly frames: readonly Frame[]; readonly truncated: Uint8Array | undefined } {
    const { held } = this;
    this.held = new Uint8Array(0);
    if (held.length === 0 || this.isForeign) return { frames: [], truncated: undefined };
    const isLine = held[0] === less || (this.isBegun && !this.wasCounted);
    return isLine
      ? { frames: [{ bytes: held, cut: false }], truncated: undefined }
      : { frames: [], truncated: held };
  }

  private next(frames: Frame[]): boolean {
    if (this.skipped > 0) return this.skipBytes();
    if (this.isSkippingLine) return this.skipLine();
    this.trim();
    const beginning = this.beginning();
    if (beginning.type === "counted") {
      return this.counted(beginning.length, beginning.header, frames);
    }
    if (beginning.type === "line") return this.line(frames);
    this.isForeign = beginning.type === "foreign";
    return false;
  }

  private drop(bytes: number): void {
    this.held = this.held.subarray(bytes);
  }

  /** Terminators between frames: some senders count octets and end lines all the same. */
  private trim(): void {
    let at = 0;
    while (this.held[at] === newline || this.held[at] === nul) at++;
    if (at > 0) this.drop(at);
  }

  private beginning(): Beginning {
    const { held } = this;
    const [first] = held;
    if (first === undefined) return { type: "more" };
    // Lines that continue a message have no priority; the first one of a connection has.
    const otherwise = this.isBegun && !this.wasCounted ? "line" : "foreign";
    if (first === less) return { type: "line" };
    if (!isDigit(first) || first === 0x30) return { type: otherwise };
    let digits = 1;
    while (digits < held.length && isDigit(held[digits])) digits++;
    if (digits > digitsMax) return { type: otherwise };
    if (held.length < digits + 2) {
      const isOpen = held.length === digits || held[digits] === space;
      return { type: isOpen ? "more" : otherwise };
    }
    const length = Number(Buffer.from(held.subarray(0, digits)).toString("latin1"));
    const isCounted = held[digits] === space && held[digits + 1] === less && length <= lengthMax;
    return isCounted ? { type: "counted", length, header: digits + 1 } : { type: otherwise };
  }

  private counted(length: number, header: number, frames: Frame[]): boolean {
    const { held, frameBytesMax } = this;
    const kept = Math.min(length, frameBytesMax);
    if (held.length < header + kept) return false;
    this.isBegun = true;
    this.wasCounted = true;
    frames.push({ bytes: held.subarray(header, header + kept), cut: kept < length });
    this.skipped = length - kept;
    this.drop(header + kept);
    return true;
  }

  private line(frames: Frame[]): boolean {
    const { held, frameBytesMax } = this;
    this.isBegun = true;
    this.wasCounted = false;
    this.terminator ??= this.foundTerminator();
    const end = this.terminator === undefined ? -1 : held.indexOf(this.terminator);
    const length = end === -1 ? held.length : end;
    if (length > frameBytesMax) {
      frames.push({ bytes: held.subarray(0, frameBytesMax), cut: true });
      this.drop(frameBytesMax);
      this.isSkippingLine = true;
      return true;
    }
    if (end === -1) return false;
    frames.push({ bytes: held.subarray(0, end), cut: false });
    this.drop(end + 1);
    return true;
  }

  /** Whoever ends with NUL may have line feeds within; the first message tells. */
  private foundTerminator(): typeof newline | typeof nul | undefined {
    if (this.held.includes(nul)) return nul;
    return this.held.includes(newline) ? newline : undefined;
  }

  private skipBytes(): boolean {
    const bytes = Math.min(this.skipped, this.held.length);
    this.skipped -= bytes;
    this.drop(bytes);
    return this.skipped === 0;
  }

  private skipLine(): boolean {
    this.terminator ??= this.foundTerminator();
    const end = this.terminator === undefined ? -1 : this.held.indexOf(this.terminator);
    this.drop(end === -1 ? this.held.length : end + 1);
    this.isSkippingLine = end === -1;
    return end !== -1;
  }
}
