/** The questions that addresses stand for: the pages ask them, and so do the panels of dashboards. */
import type { Kind, Series } from "../charts/Chart.svelte";
import { ask, type Answer } from "./api";
import { inMajor, toNumber } from "./format";
import { colorOf, MOST_COLORS, shown, type Revenue, type Trends } from "./questions";
import { addDays, daysIn, labelOf, type Dates } from "./range";
import { decode, readFilters, toApi, writeFilters, type Filter } from "./url";

type Extra = Record<string, string>;

/** What every question of a page has in common. */
export interface Scope {
  from: string;
  to: string;
  timezone: string;
  filters?: object[];
}
export const scopeOf = (dates: Dates, timezone: string, filters: Filter[]): Scope => ({ from: dates.from, to: dates.to, timezone, ...(filters.length > 0 ? { filters: filters.map(toApi) } : {}) });
export const compareOf = (compare: string): object => (compare === "prev" ? { compare: "previous_period" } : compare === "yoy" ? { compare: "previous_year" } : {});

export const comparedName = (compare: string): string => (compare === "prev" ? "previous" : compare === "yoy" ? "a year ago" : labelOf(compare));
/** The API compares with the time before; any other is asked for beside it. */
export const askTrends = async (body: object, compare: string, signal: AbortSignal): Promise<Answer<Trends>> =>
  compare.includes("..") ? (await import("./compared")).askCompared(body, compare, signal) : ask("trends", body, signal);

export const MEASURES: [string, string][] = [["count", "Count"], ["unique_users", "Unique users"], ["sessions", "Sessions"], ["per_user", "Count per user"], ["sum", "Sum of"], ["avg", "Average of"], ["min", "Minimum of"], ["max", "Maximum of"], ["p50", "Median of"], ["p90", "90th percentile of"], ["p95", "95th percentile of"], ["p99", "99th percentile of"]];
export const OF_PROPERTY = new Set(["sum", "avg", "min", "max", "p50", "p90", "p95", "p99"]);
export const MOST_SERIES = 8;

/** Parts of one thing in the address are joined by `~`, which may stand in none of them. */
const write = (parts: string[]): string => parts.map((one) => encodeURIComponent(one).replaceAll("~", "%7E")).join("~").replace(/~+$/, "");
const read = (text: string): string[] => text.split("~").map(decode);
export const selectorOf = (event: string, filters: Filter[]): object => ({ event, ...(filters.length > 0 ? { filters: filters.map(toApi) } : {}) });

/** Series in the address: `event~measure~property~filters` joined by `|`. */
export interface Asked {
  event: string;
  measure: string;
  property: string;
  filters: Filter[];
}
export const NEW_SERIES: Asked = { event: "*", measure: "count", property: "value", filters: [] };
export const letter = (i: number): string => String.fromCharCode(65 + i);

export function seriesOf(extra: Extra): Asked[] {
  return (extra["e"] || "*").split("|").slice(0, MOST_SERIES).map((text) => {
    const [event, measure, property, filters = ""] = read(text);
    return { event: event || "*", measure: measure || "count", property: property || "value", filters: readFilters(filters) };
  });
}
export const writeSeries = (series: Asked[]): string => series.map((one) => write([one.event, one.measure === "count" ? "" : one.measure, one.property === "value" ? "" : one.property, writeFilters(one.filters)])).join("|");
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
/** Events and users by the most frequent values of a property. */
export const countedBy = (scope: Scope, property: string, top: number): object => ({
  ...scope,
  interval: "month",
  breakdown: [property],
  top,
  series: [{ event: "*", measure: "count", name: "events" }, { event: "*", measure: "unique_users", name: "users" }],
});
/** What a row of the answer is called. */
export function titleOf(asked: Asked[], one: Trends["series"][number]): string {
  const series = asked[one.name.length === 1 ? one.name.charCodeAt(0) - 65 : -1];
  const measure = series ? (MEASURES.find(([id]) => id === series.measure)?.[1] ?? "") : "";
  const base = series ? `${one.name}: ${series.event === "*" ? "any event" : series.event}, ${measure.toLowerCase()}${OF_PROPERTY.has(series.measure) ? ` ${series.property}` : ""}` : one.name;
  return one.breakdown ? `${one.breakdown.map(shown).join(" / ")}${asked.length > 1 ? ` (${one.name})` : ""}` : base;
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
  const comparison = (name: string, list: (number | null)[]): Series => ({ name: `${name}, ${before}`, values: list, color: 8, isComparison: true });
  const shownRows = answer.series.map((one, row) => ({ one, row })).filter(({ row }) => !look.hidden.has(row));
  const pairs = shownRows.map(({ one, row }): [Series, (number | null)[] | null] => [
    { name: titleOf(asked, one) + words, values: values(one.values), color: colorOf(row, one.breakdown?.[0] ?? ""), row },
    one.compare ? values(one.compare.values) : null,
  ]);
  if (look.kind === "line") return pairs.flatMap(([own, compared]) => (compared ? [own, comparison(own.name, compared)] : [own]));
  // What stands on each other is compared as a whole.
  const own = pairs.map(([one]) => one);
  const lists = pairs.map(([, compared]) => compared).filter((list) => list !== null);
  const sums = lists[0]?.map((_, i) => lists.reduce((sum, list) => sum + (list[i] ?? 0), 0));
  return sums ? [...own, comparison("All together", sums)] : own;
}

/** Steps in the address: `event~filters` joined by `,`. */
export interface Step {
  event: string;
  filters: Filter[];
}
export function stepsOf(extra: Extra): Step[] {
  return (extra["steps"] || "").split(",").filter(Boolean).map((text) => {
    const [event = "*", filters = ""] = read(text);
    return { event, filters: readFilters(filters) };
  });
}
export const writeSteps = (steps: Step[]): string => steps.map((one) => write([one.event, writeFilters(one.filters)])).join(",");

/** What ends an attempt, in the address: `event~from~to` joined by `,`. */
export interface Exclusion {
  event: string;
  between: [number, number];
}
export function exclusionsOf(extra: Extra): Exclusion[] {
  return (extra["not"] || "").split(",").filter(Boolean).map((text) => {
    const [event = "*", from = "1", to = "2"] = read(text);
    return { event, between: [Number(from), Number(to)] };
  });
}
export const writeExclusions = (list: Exclusion[]): string => list.map((one) => write([one.event, ...one.between.map(String)])).join(",");

export function funnelBody(scope: Scope, steps: Step[], extra: Extra): object {
  const order = extra["o"] || "ordered";
  const exclude = order === "ordered" ? exclusionsOf(extra) : [];
  return {
    ...scope,
    steps: steps.map((one) => selectorOf(one.event, one.filters)),
    window: extra["w"] || "7d",
    order,
    count: extra["n"] === "sessions" ? "sessions" : "users",
    ...(exclude.length > 0 ? { exclude } : {}),
    ...(extra["hold"] ? { hold: [extra["hold"]] } : {}),
    ...(extra["b"] ? { breakdown: [extra["b"]], attribution: extra["at"] || "first" } : {}),
  };
}

const LENGTH: Record<string, number> = { day: 1, week: 7, month: 30 };
/** Cohorts need room: a short range begins so early that all columns can be there. */
export function retentionBody(scope: Scope, extra: Extra): Scope & { interval: string; periods: number; mode: string; cohort: string; bracket: string } {
  const interval = extra["g"] || "week";
  const periods = Number(extra["n"]) || 8;
  const days = periods * (LENGTH[interval] ?? 7);
  const from = daysIn(scope) < days ? addDays(scope.to, 1 - days) : scope.from;
  const selectors = { start: { event: extra["s"] || "*" }, return: { event: extra["e"] || "*" } };
  return { ...scope, from, ...selectors, interval, periods, mode: extra["m"] || "on", cohort: extra["c1"] || "first_time", bracket: extra["k"] || "calendar", ...(extra["b"] ? { breakdown: [extra["b"]], top: MOST_COLORS } : {}) };
}

export function revenueBody(scope: Scope, interval: string, refund: string, extra: Extra): object {
  return { ...scope, event: extra["e"] || "purchase", ...(refund ? { refund_event: refund } : {}), interval, breakdown: [extra["b"] || "product.category"], top: MOST_COLORS };
}
/** A currency's net by the breakdown, in its usual unit. */
export const revenueLines = (answer: Revenue, currency: string): { series: Series; breakdown: string[] }[] =>
  answer.series
    .filter((one) => one.currency === currency)
    .map(({ breakdown, net_minor }, row) => ({ breakdown, series: { row, name: breakdown.map(shown).join(" / "), color: colorOf(row, breakdown[0] ?? ""), values: net_minor.map((minor) => inMajor(minor, currency)) } }));
export const currencyOf = (answer: Revenue | null, extra: Extra): string => extra["cur"] || answer?.totals[0]?.currency || "";
export const revenueKind = (extra: Extra): Kind => (extra["vw"] === "line" || extra["vw"] === "area" ? extra["vw"] : "bars");

export function pathsBody(scope: Scope, extra: Extra): object {
  const anchor = extra["k"] || "none";
  return { ...scope, ...(anchor === "none" ? {} : { [anchor]: { event: extra["e"] || "*" } }), steps: Number(extra["n"]) || 5, within: extra["w"] || "30m", limit: 30 };
}
