/** What the SQL page knows of queries and answers. */
import type { Series } from "../charts/Chart.svelte";
import type { SqlAnswer } from "./api";
import { toNumber } from "./format";

/** `{{from}}`, `{{to}}` and `{{timezone}}` become parameters that the server binds: nothing is pasted into the text. */
export function bind(text: string, values: Record<string, string>): { sql: string; parameters: string[] } {
  const used: string[] = [];
  const sql = text.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => {
    if (!(name in values)) return whole;
    if (!used.includes(name)) used.push(name);
    return `$${used.indexOf(name) + 1}`;
  });
  return { sql, parameters: used.map((name) => values[name]!) };
}

/** The line that a refusal names, from 1. */
export const lineOf = (message: string): number | null => Number(/^line (\d+), column \d+/.exec(message)?.[1]) || null;

export const isNumber = (type: string): boolean => /INT|DOUBLE|FLOAT|DECIMAL/.test(type);
const isTime = (type: string): boolean => /DATE|TIMESTAMP/.test(type);

const DRAWINGS = ["table", "line", "bars", "scatter", "number"] satisfies string[];
export type Drawing = "table" | "line" | "bars" | "scatter" | "number";
export interface Plan {
  drawing: Drawing;
  x: number;
  y: number;
  /** A column whose values are the series; -1: none. */
  color: number;
}

/** How an answer is best drawn: time and a number, a name and a number, two numbers, one cell. */
export function planOf({ columns, rows }: SqlAnswer): Plan {
  const first = (fits: (type: string) => boolean, from = 0): number => columns.findIndex((column, i) => i >= from && fits(column.type));
  const y = first(isNumber);
  const time = first(isTime);
  const name = columns.findIndex((column) => !isNumber(column.type) && !isTime(column.type));
  if (rows.length === 1 && columns.length === 1) return { drawing: "number", x: 0, y: 0, color: -1 };
  if (y < 0) return { drawing: "table", x: 0, y: 0, color: -1 };
  if (time >= 0) return { drawing: "line", x: time, y, color: name };
  if (name >= 0) return { drawing: "bars", x: name, y, color: -1 };
  const second = first(isNumber, y + 1);
  return second >= 0 ? { drawing: "scatter", x: y, y: second, color: -1 } : { drawing: "table", x: 0, y, color: -1 };
}

/** A plan in the address: `line~0~1~-1`. One that does not fit the answer gives way to the best one. */
export const writePlan = ({ drawing, x, y, color }: Plan): string => [drawing, x, y, color].join("~");
export function planFrom(text: string, answer: SqlAnswer): Plan {
  const [drawing = "", ...columns] = text.split("~");
  const [x = -1, y = -1, color = -1] = columns.map(Number);
  const has = (column: number): boolean => Number.isInteger(column) && column >= 0 && column < answer.columns.length;
  const isKnown = (DRAWINGS as string[]).includes(drawing) && has(x) && has(y) && (color === -1 || has(color));
  return isKnown ? { drawing: drawing as Drawing, x, y, color } : planOf(answer);
}

const MOST_SERIES = 7;
const text = (value: unknown): string => (value === null ? "(none)" : String(value));

/** An answer as series over the values of its x column, in their order; the first seven values of the colour have a series each. */
export function seriesOf({ columns, rows }: SqlAnswer, { x, y, color }: Plan): { buckets: string[]; series: Series[] } {
  const buckets = [...new Set(rows.map((row) => text(row[x])))];
  const place = new Map(buckets.map((bucket, i) => [bucket, i]));
  const names = color < 0 ? [columns[y]!.name] : [...new Set(rows.map((row) => text(row[color])))].slice(0, MOST_SERIES);
  const series = names.map((name, i): Series => ({ name, color: i + 1, values: buckets.map(() => null) }));
  for (const row of rows) {
    const one = series[color < 0 ? 0 : names.indexOf(text(row[color]))];
    if (one) one.values[place.get(text(row[x]))!] = toNumber(row[y] as number | string | null);
  }
  return { buckets, series };
}
