import { expect, it } from "vitest";

import { comparedLines, MOST_PRODUCTS, placed } from "./revenue";
import type { Revenue } from "./questions";

const revenue = (nets: [string, string, number][], totals: [string, number][] = []): Revenue => ({
  totals: totals.map(([currency, net]) => ({ currency, gross_minor: net, refunds_minor: 0, net_minor: net, orders: 1, buyers: 1, average_order_minor: net, arppu_minor: net })),
  buckets: [],
  series: [],
  products: nets.map(([currency, sku, net]) => ({ currency, sku, name: null, category: null, net_minor: net, orders: 1, buyers: 1 })),
});

it("products stand beside their currency's net, their gross, and the time before", () => {
  const own = revenue([["EUR", "pen", 150], ["EUR", "ink", -50], ["USD", "pen", 90]], [["EUR", 200], ["USD", 90]]);
  const before = revenue([["EUR", "pen", 100], ["USD", "ink", 7]]);
  const gross = revenue([["EUR", "pen", 200], ["USD", "pen", 90]]);
  expect(placed(own, { before, gross }).map(({ share, refunded, before }) => [share, refunded, before])).toEqual([[0.75, 0.25, 100], [null, null, 0], [1, 0, 0]]);
  expect(placed(own, { before: null, gross: null })[0]).toMatchObject({ share: 0.75, refunded: null, before: null });
});

it("what is not among the listed products of a long list is not known", () => {
  const before = revenue(Array.from({ length: MOST_PRODUCTS }, (_, i) => ["EUR", `p${i}`, 5]));
  expect(placed(revenue([["EUR", "pen", 1], ["EUR", "p3", 1]]), { before, gross: null }).map((one) => one.before)).toEqual([null, 5]);
});

it("the time before is drawn as a whole where what is drawn stands on each other, else line by line", () => {
  const series = (value: string, nets: number[]): Revenue["series"][number] => ({ currency: "EUR", breakdown: [value], net_minor: nets, orders: nets });
  const own: Revenue = { ...revenue([]), buckets: ["2026-10-01", "2026-10-02"], series: [series("tea", [1, 1]), series("$other", [1, 1])] };
  const before: Revenue = { ...revenue([]), buckets: ["2026-09-28", "2026-09-29", "2026-09-30"], series: [series("tea", [100, 200, 300]), series("ink", [50, 0, 0]), series("$other", [1, 1, 1])] };
  expect(comparedLines(own, before, "EUR", "bars", "previous")).toEqual([{ name: "All together, previous", values: [1.51, 2.01], color: 8, isComparison: true }]);
  expect(comparedLines(own, before, "EUR", "line", "previous")).toEqual([{ name: "tea, previous", values: [1, 2], color: 8, isComparison: true }]);
  expect(comparedLines(own, { ...before, buckets: ["2026-09-30"], series: [series("tea", [100])] }, "EUR", "area", "previous")[0]!.values).toEqual([1, null]);
  expect(comparedLines(own, before, "USD", "bars", "previous")).toEqual([]);
});
