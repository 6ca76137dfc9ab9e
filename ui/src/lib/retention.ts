/** Retention: what the address asks. */
import type { Extra, Scope } from "./asked";
import { MOST_COLORS } from "./questions";
import { addDays, daysIn } from "./range";

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
