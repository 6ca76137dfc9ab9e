/** The questions that addresses stand for: the pages ask them, and so do the panels of dashboards. */
import type { Series } from "../charts/LineChart.svelte";
import { toNumber } from "./format";
import { colorOf, shown, type Trends } from "./questions";
import { addDays, daysIn, type Dates } from "./range";
import { toApi, type Filter } from "./url";

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

export const MEASURES: [string, string][] = [["count", "Count"], ["unique_users", "Unique users"], ["sessions", "Sessions"], ["per_user", "Count per user"], ["sum", "Sum of"], ["avg", "Average of"], ["min", "Minimum of"], ["max", "Maximum of"], ["p50", "Median of"], ["p90", "90th percentile of"], ["p95", "95th percentile of"], ["p99", "99th percentile of"]];
export const OF_PROPERTY = new Set(["sum", "avg", "min", "max", "p50", "p90", "p95", "p99"]);
export const MOST_SERIES = 8;

/** Series in the address: `event~measure~property` joined by `|`. */
export interface Asked {
  event: string;
  measure: string;
  property: string;
}
export const letter = (i: number): string => String.fromCharCode(65 + i);

export function seriesOf(extra: Extra): Asked[] {
  return (extra["e"] || "*").split("|").slice(0, MOST_SERIES).map((text) => {
    const [event = "*", measure = "count", property = "value"] = text.split("~").map(decodeURIComponent);
    return { event: event || "*", measure, property };
  });
}
export function trendsBody(scope: Scope, compare: object, interval: string, extra: Extra): object {
  const rolling = Number(extra["roll"]) || 0;
  return {
    ...scope,
    ...compare,
    interval: rolling ? "day" : interval,
    series: seriesOf(extra).map((one, i) => ({ event: one.event, measure: one.measure, name: letter(i), ...(OF_PROPERTY.has(one.measure) ? { property: one.property } : {}) })),
    ...(extra["b"] ? { breakdown: [extra["b"]] } : {}),
    ...(extra["x"] ? { formulas: [extra["x"]] } : {}),
    ...(rolling ? { rolling } : {}),
  };
}
/** What a row of the answer is called. */
export function titleOf(asked: Asked[], one: Trends["series"][number]): string {
  const series = asked[one.name.length === 1 ? one.name.charCodeAt(0) - 65 : -1];
  const measure = series ? (MEASURES.find(([id]) => id === series.measure)?.[1] ?? "") : "";
  const base = series ? `${one.name}: ${series.event === "*" ? "any event" : series.event}, ${measure.toLowerCase()}${OF_PROPERTY.has(series.measure) ? ` ${series.property}` : ""}` : one.name;
  return one.breakdown ? `${one.breakdown.map(shown).join(" / ")}${asked.length > 1 ? ` (${one.name})` : ""}` : base;
}
export function linesOf(asked: Asked[], answer: Trends, compare: string): Series[] {
  const numbers = (list: (number | string | null)[]): (number | null)[] => list.map((value) => toNumber(value));
  return answer.series.flatMap((one, i) => {
    const own: Series = { name: titleOf(asked, one), values: numbers(one.values), color: colorOf(i, one.breakdown?.[0] ?? "") };
    return one.compare ? [own, { name: `${own.name}, ${compare === "yoy" ? "a year ago" : "previous"}`, values: numbers(one.compare.values), color: 8, isComparison: true }] : [own];
  });
}

export const stepsOf = (extra: Extra): string[] => (extra["steps"] ? extra["steps"].split(",").map(decodeURIComponent) : []);
export const writeSteps = (steps: string[]): string => steps.map(encodeURIComponent).join(",");
export function funnelBody(scope: Scope, steps: string[], extra: Extra): object {
  return { ...scope, steps: steps.map((event) => ({ event })), window: extra["w"] || "7d", order: extra["o"] || "ordered", count: extra["n"] === "sessions" ? "sessions" : "users", ...(extra["b"] ? { breakdown: [extra["b"]] } : {}) };
}

const LENGTH: Record<string, number> = { day: 1, week: 7, month: 30 };
/** Cohorts need room: a short range begins so early that all columns can be there. */
export function retentionBody(scope: Scope, extra: Extra): Scope & { interval: string; periods: number; mode: string; cohort: string; bracket: string } {
  const interval = extra["g"] || "week";
  const periods = Number(extra["n"]) || 8;
  const days = periods * (LENGTH[interval] ?? 7);
  const from = daysIn(scope) < days ? addDays(scope.to, 1 - days) : scope.from;
  const selectors = { start: { event: extra["s"] || "*" }, return: { event: extra["e"] || "*" } };
  return { ...scope, from, ...selectors, interval, periods, mode: extra["m"] || "on", cohort: extra["c1"] || "first_time", bracket: extra["k"] || "calendar" };
}

export function revenueBody(scope: Scope, interval: string, refund: string, extra: Extra): object {
  return { ...scope, event: extra["e"] || "purchase", ...(refund ? { refund_event: refund } : {}), interval, breakdown: [extra["b"] || "product.category"] };
}
