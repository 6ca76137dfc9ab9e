import { expect, it } from "vitest";

import type { Revenue, Trends } from "./questions";
import { nameOf } from "./questions";
import { revenueLines } from "./revenue";
import { funnelTable } from "./tables";
import { linesOf, lookOf } from "./trends";

it("the row of all others says how many values it pours together", () => {
  expect([{ breakdown: ["DE", "$none"] }, { breakdown: ["$other", "$other"], other_values: 1234 }].map(nameOf)).toEqual(["DE / (none)", "Other (1,234)"]);
  const others = { breakdown: ["$other"], other_values: 12 };
  const trends: Trends = { buckets: ["2026-11-01"], complete: [true], series: [{ name: "A", ...others, values: [1], total: 1 }] };
  expect(linesOf([{ event: "*", measure: "count", property: "", filters: [] }], trends, "", lookOf({})).map((one) => one.name)).toEqual(["Other (12)"]);
  expect(funnelTable({ steps: [], histogram: [], breakdown: [{ ...others, steps: [{ name: "a", count: 1, of_first: 1, of_previous: null, dropped: 0, median_s: null, p90_s: null }] }] }).rows[0]?.[0]).toBe("Other (12)");
  const revenue: Revenue = { totals: [], buckets: [], products: [], series: [{ currency: "EUR", ...others, net_minor: [], orders: [] }] };
  expect(revenueLines(revenue, "EUR")[0]?.series.name).toBe("Other (12)");
});
it("where that is not known it is Other alone", () => expect(nameOf({ breakdown: ["$other"] })).toBe("Other"));
