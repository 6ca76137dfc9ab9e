/** Funnels: what the address asks. */
import { readParts, selectorOf, writeParts, type Extra, type Scope } from "./asked";
import { MOST_COLORS } from "./questions";
import { readFilters, writeFilters, type Filter } from "./url";

/** Steps in the address: `event~filters` joined by `,`. */
export interface Step {
  event: string;
  filters: Filter[];
}
export function stepsOf(extra: Extra): Step[] {
  return (extra["steps"] || "").split(",").filter(Boolean).map((text) => {
    const [event = "*", filters = ""] = readParts(text);
    return { event, filters: readFilters(filters) };
  });
}
export const writeSteps = (steps: Step[]): string => steps.map((one) => writeParts([one.event, writeFilters(one.filters)])).join(",");

/** What ends an attempt, in the address: `event~from~to` joined by `,`. */
export interface Exclusion {
  event: string;
  between: [number, number];
}
export function exclusionsOf(extra: Extra): Exclusion[] {
  return (extra["not"] || "").split(",").filter(Boolean).map((text) => {
    const [event = "*", from = "1", to = "2"] = readParts(text);
    return { event, between: [Number(from), Number(to)] };
  });
}
export const writeExclusions = (list: Exclusion[]): string => list.map((one) => writeParts([one.event, ...one.between.map(String)])).join(",");

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
    ...(extra["b"] ? { breakdown: [extra["b"]], top: MOST_COLORS, attribution: extra["at"] || "first" } : {}),
  };
}
