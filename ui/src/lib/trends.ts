/** Trends: what the address asks, and how answers are drawn. */
import type { Kind, Series } from "../charts/Chart.svelte";
import { comparedName, comparison, readParts, selectorOf, type Asked, type Extra, type Scope } from "./asked";
import { toNumber } from "./format";
import { colorOf, MOST_COLORS, nameOf, type Trends } from "./questions";
import { readFilters } from "./url";

export const MEASURES: [string, string][] = [["count", "Count"], ["unique_users", "Unique users"], ["sessions", "Sessions"], ["per_user", "Count per user"], ["sum", "Sum of"], ["avg", "Average of"], ["min", "Minimum of"], ["max", "Maximum of"], ["p50", "Median of"], ["p90", "90th percentile of"], ["p95", "95th percentile of"], ["p99", "99th percentile of"]];
export const OF_PROPERTY = new Set(["sum", "avg", "min", "max", "p50", "p90", "p95", "p99"]);
export const MOST_SERIES = 8;
export const letter = (i: number): string => String.fromCharCode(65 + i);

export function seriesOf(extra: Extra): Asked[] {
  return (extra["e"] || "*").split("|").slice(0, MOST_SERIES).map((text) => {
    const [event, measure, property, filters = ""] = readParts(text);
    return { event: event || "*", measure: measure || "count", property: property || "value", filters: readFilters(filters) };
  });
}

export function trendsBody(scope: Scope, compare: object, interval: string, extra: Extra): object {
  const rolling = Number(extra["roll"]) || 0;
  return {
    ...scope,
    ...compare,
    interval: rolling ? "day" : interval,
    series: seriesOf(extra).map((one, i) => ({ ...selectorOf(one.event, one.filters), measure: one.measure, name: letter(i), ...(OF_PROPERTY.has(one.measure) ? { property: one.property } : {}) })),
    ...(extra["b"] ? { breakdown: [extra["b"]], top: MOST_COLORS } : {}),
    ...(extra["x"] ? { formulas: [extra["x"]] } : {}),
    ...(rolling ? { rolling } : {}),
  };
}
/** What a row of the answer is called. */
export function titleOf(asked: Asked[], one: Trends["series"][number]): string {
  const series = asked[one.name.length === 1 ? one.name.charCodeAt(0) - 65 : -1];
  const measure = series ? (MEASURES.find(([id]) => id === series.measure)?.[1] ?? "") : "";
  const base = series ? `${one.name}: ${series.event === "*" ? "any event" : series.event}, ${measure.toLowerCase()}${OF_PROPERTY.has(series.measure) ? ` ${series.property}` : ""}` : one.name;
  return one.breakdown ? `${nameOf(one)}${asked.length > 1 ? ` (${one.name})` : ""}` : base;
}
/** Who is behind a bucket of a row. */
export const pickOf = (one: Trends["series"][number], bucket: string): object => ({ series: one.name, bucket, ...(one.breakdown ? { breakdown: one.breakdown } : {}) });

/** How trends are drawn: what the address says beside the question. */
export interface Look {
  kind: Kind | "number";
  isLog: boolean;
  /** Each value is the mean of so many buckets that end with it; 0: as it is. */
  smoothing: number;
  isCumulative: boolean;
  /** Rows of the answer that are left out. */
  hidden: Set<number>;
}
export const KINDS: [Look["kind"], string][] = [["line", "Lines"], ["area", "Stacked areas"], ["bars", "Stacked bars"], ["number", "Numbers"]];
export const SMOOTHINGS = [7, 28];
export function lookOf(extra: Extra): Look {
  const kind = KINDS.find(([one]) => one === extra["vw"])?.[0] ?? "line";
  const smoothing = SMOOTHINGS.find((one) => String(one) === extra["sm"]) ?? 0;
  const hidden = new Set((extra["hide"] || "").split(",").filter(Boolean).map(Number));
  return { kind, isLog: extra["y"] === "log", smoothing, isCumulative: extra["cum"] === "1", hidden };
}
/** Running sums, and means of the buckets that end with each; before there are enough of them there is none. */
export function shaped(values: (number | null)[], { isCumulative, smoothing }: Pick<Look, "isCumulative" | "smoothing">): (number | null)[] {
  let sum = 0;
  const summed = isCumulative ? values.map((value) => (sum += value ?? 0)) : values;
  if (smoothing === 0) return summed;
  return summed.map((_, i) => {
    const window = summed.slice(i + 1 - smoothing, i + 1);
    return i + 1 < smoothing || window.includes(null) ? null : window.reduce<number>((total, value) => total + value!, 0) / smoothing;
  });
}
export function linesOf(asked: Asked[], answer: Trends, compare: string, look: Look): Series[] {
  const words = `${look.isCumulative ? ", summed up" : ""}${look.smoothing > 0 ? `, mean of ${look.smoothing}` : ""}`;
  const values = (list: (number | string | null)[]): (number | null)[] => shaped(list.map((value) => toNumber(value)), look);
  const before = comparedName(compare);
  const shownRows = answer.series.map((one, row) => ({ one, row })).filter(({ row }) => !look.hidden.has(row));
  const pairs = shownRows.map(({ one, row }): [Series, (number | null)[] | null] => [
    { name: titleOf(asked, one) + words, values: values(one.values), color: colorOf(row, one.breakdown?.[0] ?? ""), row },
    one.compare ? values(one.compare.values) : null,
  ]);
  if (look.kind === "line") return pairs.flatMap(([own, compared]) => (compared ? [own, comparison(own.name, before, compared)] : [own]));
  // What stands on each other is compared as a whole.
  const own = pairs.map(([one]) => one);
  const lists = pairs.map(([, compared]) => compared).filter((list) => list !== null);
  const sums = lists[0]?.map((_, i) => lists.reduce((sum, list) => sum + (list[i] ?? 0), 0));
  return sums ? [...own, comparison("All together", before, sums)] : own;
}
