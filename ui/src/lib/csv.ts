import type { Series } from "../charts/Chart.svelte";
import { signed, unsigned } from "./format";

/** An amount as it is read. */
export interface Amount {
  text: string;
}
export type Cell = string | number | Amount | null;
/** What people read of a cell. */
export const readable = (cell: Cell, none = ""): string => (cell === null ? none : typeof cell === "number" ? signed(String(cell)) : typeof cell === "string" ? cell : cell.text);

export interface Table {
  header: string[];
  rows: Cell[][];
}

/** What a chart over time shows. */
export const linesTable = (buckets: string[], lines: Series[]): Table => ({ header: ["Bucket", ...lines.map((one) => one.name)], rows: buckets.map((bucket, i) => [bucket, ...lines.map((one) => one.values[i] ?? null)]) });

/** RFC 4180. A text that a spreadsheet would run as a formula gets a quote in front. */
export function toCsv(header: string[], rows: Cell[][]): string {
  const cell = (value: Cell): string => {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    const text = typeof value === "string" ? value : unsigned(value.text);
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** A table for documents and chats. */
export function toMarkdown(header: string[], rows: Cell[][]): string {
  const line = (cells: Cell[]): string => `| ${cells.map((cell) => readable(cell).replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n") + "\n";
}

export function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
