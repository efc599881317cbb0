import { readCsv } from "./csv.ts";
import type { CsvProblem, CsvRecord } from "./csv.ts";

/** What a row is to the shop; README.md states the rules. */
export type RowKind = "goods" | "cancelled" | "correction" | "no-goods" | "unpriced" | "duplicate";

/** One line of a file of transactions. */
export interface Row {
  readonly line: number;
  readonly kind: RowKind;
  /** `536365`; `C536379` is a cancellation. */
  readonly invoice: string;
  readonly sku: string;
  readonly description: string;
  /** Negative where goods come back. */
  readonly quantity: number;
  /** In the file's own time, as if it were UTC. */
  readonly atMs: number;
  readonly unitPence: number;
  /** Undefined: a guest. */
  readonly customerId: string | undefined;
  readonly country: string;
}

/** The columns of the file. */
export const columns: readonly string[] = [
  "InvoiceNo",
  "StockCode",
  "Description",
  "Quantity",
  "InvoiceDate",
  "UnitPrice",
  "CustomerID",
  "Country",
];

const noGoods: ReadonlySet<string> = new Set([
  "POST",
  "DOT",
  "C2",
  "D",
  "M",
  "S",
  "B",
  "CRUK",
  "PADS",
  "AMAZONFEE",
  "BANK CHARGES",
  "ADJUST",
]);

const quantityMax = 1_000_000;
const penceMax = 10_000_000;
const dateForm = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;

/** Why a row is set aside. */
class Malformed extends Error {}

function integerOf(text: string): number {
  if (!/^-?\d{1,9}$/.test(text))
    throw new Malformed(`Quantity ${show(text)} is not a whole number`);
  const quantity = Number(text);
  if (Math.abs(quantity) > quantityMax) throw new Malformed(`Quantity ${text} is too large`);
  return quantity;
}

/** Pounds as text to whole pence, half a penny up; without floating point. */
function penceOf(text: string): number {
  const found = /^(-?)(\d{1,7})(?:\.(\d{1,6}))?$/.exec(text);
  if (found === null) throw new Malformed(`UnitPrice ${show(text)} is not a price`);
  const [, sign, pounds = "0", fraction = ""] = found;
  const digits = fraction.padEnd(3, "0");
  const pence =
    Number(pounds) * 100 + Number(digits.slice(0, 2)) + (Number(digits[2]) >= 5 ? 1 : 0);
  if (pence > penceMax) throw new Malformed(`UnitPrice ${text} is too large`);
  return sign === "-" ? -pence : pence;
}

/** `YYYY-MM-DD HH:MM:SS` as milliseconds; a 30th of February is refused. */
function timeOf(text: string): number {
  const parts = dateForm.exec(text);
  const atMs = parts === null ? Number.NaN : Date.parse(`${text.replace(" ", "T")}Z`);
  const same = !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text.slice(0, 10));
  if (!same) throw new Malformed(`InvoiceDate ${show(text)} is not a date`);
  return atMs;
}

const show = (text: string): string => JSON.stringify(text.slice(0, 40));

function customerOf(text: string): string | undefined {
  if (text === "") return undefined;
  const [, digits] = /^(\d{1,12})(?:\.0)?$/.exec(text) ?? [];
  if (digits === undefined) throw new Malformed(`CustomerID ${show(text)} is not a number`);
  return digits;
}

function kindOf(invoice: string, sku: string, quantity: number, unitPence: number): RowKind {
  if (noGoods.has(sku) || /^(GIFT_|TEST)/.test(sku)) return "no-goods";
  const cancels = invoice.startsWith("C");
  if (quantity === 0 || (cancels ? quantity > 0 : quantity < 0)) return "correction";
  if (unitPence <= 0) return "unpriced";
  return cancels ? "cancelled" : "goods";
}

function rowOf({ line, fields }: CsvRecord): Row {
  const [invoice = "", code = "", description = "", quantityText = "", date = ""] = fields;
  const [, , , , , price = "", customer = "", country = ""] = fields;
  if (fields.some((field) => /[\u0000-\u0008\u000b-\u001f]/.test(field))) {
    throw new Malformed("it has a control character");
  }
  if (!/^[A-Z]?\d{4,12}$/.test(invoice)) {
    throw new Malformed(`InvoiceNo ${show(invoice)} is not an invoice number`);
  }
  const sku = code.trim().toUpperCase();
  if (!/^[A-Z0-9][A-Z0-9 _-]{0,31}$/.test(sku)) {
    throw new Malformed(`StockCode ${show(code)} is not a stock code`);
  }
  if (country.trim() === "" || country.length > 60) {
    throw new Malformed(`Country ${show(country)} is not a country`);
  }
  if (description.length > 200) throw new Malformed("Description is over 200 characters long");
  const quantity = integerOf(quantityText);
  const atMs = timeOf(date);
  const unitPence = penceOf(price);
  const kind = kindOf(invoice, sku, quantity, unitPence);
  const customerId = customerOf(customer);
  const trimmed = { description: description.trim(), country: country.trim() };
  return { line, kind, invoice, sku, quantity, atMs, unitPence, customerId, ...trimmed };
}

/** Lines of one invoice lie together, give or take this many lines. */
export const invoiceLinesApart = 1000;

/** An invoice some of whose lines have been read. */
interface Seen {
  lastLine: number;
  readonly customerId: string | undefined;
  readonly country: string;
  /** Its lines, to find exact duplicates. */
  readonly raws: Set<string>;
}

/** Finds what only several rows together show. */
function invoiceChecks(): (row: Row, raw: string) => Row {
  const open = new Map<string, Seen>();
  const closed = new Set<string>();
  const close = (line: number): void => {
    for (const [invoice, { lastLine }] of open) {
      if (line - lastLine <= invoiceLinesApart) continue;
      open.delete(invoice);
      closed.add(invoice);
    }
  };
  return (row, raw) => {
    const { invoice, line, customerId, country } = row;
    if (line % 256 === 0) close(line);
    if (closed.has(invoice)) {
      throw new Malformed(`it comes over ${invoiceLinesApart} lines after the rest of ${invoice}`);
    }
    const seen = open.get(invoice);
    if (seen === undefined) {
      open.set(invoice, { lastLine: line, customerId, country, raws: new Set([raw]) });
      return row;
    }
    if (seen.customerId !== customerId) throw new Malformed(`${invoice} is another customer's`);
    seen.lastLine = line;
    if (seen.raws.has(raw)) return { ...row, kind: "duplicate" };
    seen.raws.add(raw);
    return row;
  };
}

/** Finds out that a file is something else, before anything is sent. */
export class NotTransactions extends Error {}

function checkHeader(first: CsvRecord | CsvProblem, path: string): void {
  if ("fields" in first && columns.every((name, index) => first.fields[index]?.trim() === name))
    return;
  throw new NotTransactions(`${path} does not begin with the line ${columns.join(",")}`);
}

/**
 * Reads a file of transactions. What is malformed goes to `reject`, and reading goes on.
 * @throws NotTransactions when the header line is another
 */
export async function* readRows(
  path: string,
  reject: (problem: CsvProblem) => void,
): AsyncGenerator<readonly Row[]> {
  const check = invoiceChecks();
  let begun = false;
  for await (const records of readCsv(path, columns.length)) {
    const rows: Row[] = [];
    for (const record of records) {
      if (!begun) {
        checkHeader(record, path);
        begun = true;
      } else if ("reason" in record) reject(record);
      else {
        try {
          rows.push(check(rowOf(record), record.raw));
        } catch (error) {
          if (!(error instanceof Malformed)) throw error;
          reject({ line: record.line, reason: error.message, raw: record.raw.slice(0, 300) });
        }
      }
    }
    yield rows;
  }
  if (!begun) throw new NotTransactions(`${path} is empty`);
}
