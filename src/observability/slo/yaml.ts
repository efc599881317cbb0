import { coreErrors } from "../../core/errors.ts";

/** What a file of documents may hold. The parser's time grows with the square of its lexemes. */
const bytesMax = 131_072;
const lexemesMax = 10_000;
const documentsMax = 50;
/** Nodes that aliases may stand for, counted as often as they are written out. */
const aliasesMax = 50;
const saidMax = 200;

/**
 * Reads the documents of a YAML file (1.2, core schema); JSON is YAML too. No tags but those of the
 * schema, every key once, aliases and sizes bounded: it may come from anybody.
 * @throws MOR_INVALID with line and column
 */
export async function parseYaml(text: string, subject: string): Promise<readonly unknown[]> {
  const refuse = (why: string, cause?: unknown): Error =>
    coreErrors.MOR_INVALID(`${subject} is no YAML that can be read: ${why.slice(0, saidMax)}`, {
      ...(cause !== undefined && { cause }),
    });
  const bytes = Buffer.byteLength(text);
  if (bytes > bytesMax) throw refuse(`${bytes} bytes, at most ${bytesMax}`);
  // Loaded when first needed: few processes ever read YAML.
  const { Lexer, LineCounter, parseAllDocuments } = await import("yaml");
  let lexemes = 0;
  for (const _lexeme of new Lexer().lex(text)) {
    if (++lexemes > lexemesMax) throw refuse(`more than ${lexemesMax} parts`);
  }
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "silent",
  });
  if (documents.length === 0) throw refuse("it is empty");
  if (documents.length > documentsMax) {
    throw refuse(`${documents.length} documents, at most ${documentsMax}`);
  }
  return documents.map((document) => {
    // A tag that is not known is but a warning to the parser; its value would be guessed.
    const [wrong] = [...document.errors, ...document.warnings];
    if (wrong !== undefined) {
      const { line, col } = lines.linePos(wrong.pos[0]);
      throw refuse(`line ${line}, column ${col}: ${wrong.message}`);
    }
    try {
      return document.toJS({ maxAliasCount: aliasesMax }) as unknown;
    } catch (cause) {
      throw refuse((cause as Error).message, cause);
    }
  });
}

/** Writes one document as YAML. */
export async function writeYaml(document: unknown): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(document, { lineWidth: 100, aliasDuplicateObjects: false });
}
