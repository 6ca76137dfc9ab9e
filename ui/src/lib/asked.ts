/** What questions have in common: those of a page, and those of the panels of dashboards. */
import type { Series } from "../charts/Chart.svelte";
import { ask, type Answer } from "./api";
import type { Trends } from "./questions";
import { labelOf, type Dates } from "./range";
import { decode, toApi, writeFilters, type Filter } from "./url";

/** What the address says of one page. */
export type Extra = Record<string, string>;

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
/** A series of the time before, as charts show it beside its own. */
export const comparison = (name: string, before: string, values: (number | null)[]): Series => ({ name: `${name}, ${before}`, values, color: 8, isComparison: true });
/** The API compares with the time before; any other is asked for beside it. */
export const askTrends = async (body: object, compare: string, signal: AbortSignal): Promise<Answer<Trends>> =>
  compare.includes("..") ? (await import("./compared")).askCompared(body, compare, signal) : ask("trends", body, signal);

/** Parts of one thing in the address are joined by `~`, which may stand in none of them. */
export const writeParts = (parts: string[]): string => parts.map((one) => encodeURIComponent(one).replaceAll("~", "%7E")).join("~").replace(/~+$/, "");
export const readParts = (text: string): string[] => text.split("~").map(decode);
export const selectorOf = (event: string, filters: Filter[]): object => ({ event, ...(filters.length > 0 ? { filters: filters.map(toApi) } : {}) });

/** Series in the address: `event~measure~property~filters` joined by `|`. */
export interface Asked {
  event: string;
  measure: string;
  property: string;
  filters: Filter[];
}
export const NEW_SERIES: Asked = { event: "*", measure: "count", property: "value", filters: [] };
export const writeSeries = (series: Asked[]): string => series.map((one) => writeParts([one.event, one.measure === "count" ? "" : one.measure, one.property === "value" ? "" : one.property, writeFilters(one.filters)])).join("|");
/** Events and users by the most frequent values of a property. */
export const countedBy = (scope: Scope, property: string, top: number): object => ({
  ...scope,
  interval: "month",
  breakdown: [property],
  top,
  series: [{ event: "*", measure: "count", name: "events" }, { event: "*", measure: "unique_users", name: "users" }],
});
