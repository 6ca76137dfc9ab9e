import { selectorOf, writeSeries, type Asked } from "./asked";
import { decimal, integer, money, percent, toNumber } from "./format";
import type { Revenue } from "./questions";

/** A key number of the overview: a row of trends, which can be charted, or one of a currency's totals. */
export interface Kpi {
  id: string;
  label: string;
  /** What the row is called: a series, or a formula of two. */
  row?: string;
  format?: (value: number | null) => string;
  isBetterLow?: boolean;
  of?: Figure;
}
type Total = Revenue["totals"][number];
type Figure = "net_minor" | "orders" | "average_order_minor" | "arppu_minor";
/** A figure of a total as it is read. */
export const figure = (key: Figure, total: Total): string => (key === "orders" ? integer(total.orders) : money(total[key], total.currency));
/** How a figure went in a currency, all values of the breakdown together; means have no course. */
export const courseOf = (key: Figure, { buckets, series }: Revenue, currency: string): number[] | null =>
  key === "net_minor" || key === "orders" ? buckets.map((_, i) => series.reduce((sum, one) => sum + (one.currency === currency ? (toNumber(one[key][i]) ?? 0) : 0), 0)) : null;

export const KPIS: Kpi[] = [
  { id: "users", label: "Active users", row: "users", format: integer },
  { id: "events", label: "Events", row: "events", format: integer },
  { id: "sessions", label: "Sessions", row: "sessions", format: integer },
  { id: "conversion", label: "Conversion", row: "converted / users", format: percent },
  { id: "revenue", label: "Net revenue", of: "net_minor" },
  { id: "each", label: "Events per user", row: "each", format: decimal },
  { id: "errors", label: "Error rate", row: "failed / events", format: percent, isBetterLow: true },
  { id: "orders", label: "Orders", of: "orders" },
  { id: "order", label: "Average order", of: "average_order_minor" },
  { id: "arppu", label: "Revenue per buyer", of: "arppu_minor" },
];
export const MOST_KPIS = 6;

/** The series of a row; without a goal there is none of those who reached it. */
export function seriesOfRow(row: string, goal: string | undefined): [string, Asked][] {
  const any = { event: "*", property: "value", filters: [] };
  const all: Record<string, Asked> = {
    users: { ...any, measure: "unique_users" },
    events: { ...any, measure: "count" },
    sessions: { ...any, measure: "sessions" },
    each: { ...any, measure: "per_user" },
    failed: { ...any, measure: "count", filters: [{ property: "status", op: "eq", values: ["failed"] }] },
    ...(goal ? { converted: { ...any, event: goal, measure: "unique_users" } } : {}),
  };
  const parts = row.split(" / ");
  return parts.every((name) => all[name]) ? parts.map((name) => [name, all[name]!]) : [];
}
/** The part of a question that answers these rows. */
export function askedFor(rows: string[], goal: string | undefined): object {
  const parts = rows.map((row) => ({ row, series: seriesOfRow(row, goal) })).filter(({ series }) => series.length > 0);
  const series = Object.entries(Object.fromEntries(parts.flatMap((one) => one.series)));
  return {
    series: series.map(([name, { event, measure, filters }]) => ({ ...selectorOf(event, filters), measure, name })),
    formulas: parts.filter((one) => one.series.length > 1).map(({ row }) => row),
  };
}
/** The row as the page of trends has it. */
export function inTrends(row: string, goal: string | undefined): Record<string, string> {
  const series = seriesOfRow(row, goal).map(([, one]) => one);
  return { e: writeSeries(series), ...(series.length > 1 ? { x: "A / B" } : {}) };
}
