/** Bytes of one line; the rest of a longer one is left out. */
export const lineBytesMax: number = 256 * 1024;

/** Colours and other selections of graphic rendition, which are for terminals only. */
const colours = /\u001b\[[0-9;:]{0,64}m/g;

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Cuts a stream of bytes into lines of text, however the bytes come in pieces. */
export class LineSplitter {
  private readonly take: (line: string) => void;
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  private isCutting = false;
  /** Lines that were longer than {@link lineBytesMax}. */
  cut = 0;

  /** @param take gets every line, without its end and without colours */
  constructor(take: (line: string) => void) {
    this.take = take;
  }

  /** Takes the next piece. The bytes are copied where they have to wait for more. */
  write(bytes: Uint8Array): void {
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(newline, from);
      if (end === -1) break;
      this.hold(bytes.subarray(from, end), false);
      this.emit();
      from = end + 1;
    }
    if (from < bytes.length) this.hold(bytes.subarray(from), true);
  }

  /** Gives the last line, if it has no end. */
  end(): void {
    if (this.heldBytes > 0) this.emit();
  }

  private hold(piece: Uint8Array, copied: boolean): void {
    const room = lineBytesMax - this.heldBytes;
    if (piece.length > room) this.isCutting = true;
    const kept = piece.subarray(0, Math.max(0, room));
    if (kept.length === 0) return;
    this.held.push(copied ? Uint8Array.from(kept) : kept);
    this.heldBytes += kept.length;
  }

  private emit(): void {
    const bytes = Buffer.concat(this.held);
    this.held = [];
    this.heldBytes = 0;
    if (this.isCutting) this.cut++;
    this.isCutting = false;
    const end = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
    const text = bytes.toString("utf8", 0, end);
    this.take(text.includes("\u001b") ? text.replaceAll(colours, "") : text);
  }
}
