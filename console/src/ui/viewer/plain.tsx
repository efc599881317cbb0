import type { ReactNode } from "react";

/** Up to this a text needs neither search nor folds: it is shown at once, without the editor. */
const plainLines = 24;
const plainLength = 4000;

export const isShort = (text: string): boolean =>
  text.length <= plainLength && text.split("\n", plainLines + 1).length <= plainLines;

/** As the editor writes them out: controls, marks of direction, what has no width, half pairs. */
const special =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffc\ud800-\udfff]/u;

const token =
  /("[^"\\\n]*(?:\\.[^"\\\n]*)*")(?=(\s*:)?)|(-?\d[\d.eE+-]*|\btrue\b|\bfalse\b|\bnull\b)|([{}[\],:])/g;

interface Piece {
  readonly at: number;
  readonly text: string;
  readonly className?: string;
}

function jsonPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: found, 1: string, 2: colon, 3: literal, index } of text.matchAll(token)) {
    if (index > from) pieces.push({ at: from, text: text.slice(from, index) });
    const kind = string === undefined ? (literal === undefined ? "sign" : "literal") : "string";
    const name = kind === "string" && colon !== undefined ? "name" : kind;
    pieces.push({ at: index, text: found, className: `code-${name}` });
    from = index + found.length;
  }
  return [...pieces, { at: from, text: text.slice(from) }];
}

/** Text with what does not print written out, as the editor does it. */
function Written({ text }: { text: string }): ReactNode {
  return text.split(new RegExp(`(${special.source})`, "u")).map((part, index) => {
    if (index % 2 === 0) return part;
    const code = (part.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return (
      <span key={index} className="code-special">
        {`‹U+${code}›`}
      </span>
    );
  });
}

/** Short text, coloured as JSON if it is. */
export function Plain({
  text,
  label,
  language,
  wrap,
}: {
  text: string;
  label: string;
  language: "json" | "text";
  wrap: boolean;
}): ReactNode {
  const pieces: Piece[] = language === "json" ? jsonPieces(text) : [{ at: 0, text }];
  return (
    <pre
      className={wrap ? "code-plain wrap" : "code-plain"}
      tabIndex={0}
      role="group"
      aria-label={label}
    >
      {pieces.map((piece) => (
        <span key={piece.at} className={piece.className}>
          <Written text={piece.text} />
        </span>
      ))}
    </pre>
  );
}
