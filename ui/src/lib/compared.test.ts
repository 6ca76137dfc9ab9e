import { expect, it } from "vitest";

import { beside } from "./compared";
import { comparedDates } from "./range";

it("two ranges stand beside each other by their buckets", () => {
  const series = (values: number[], total: number, breakdown: string[]) => ({ name: "A", breakdown, values, total });
  const own = { buckets: ["2026-11-01", "2026-11-02", "2026-11-03"], complete: [true, true, true], series: [series([1, 2, 3], 6, ["DE"]), series([4, 5, 6], 15, ["FR"]), series([1, 1, 1], 3, ["$other"])] };
  const other = { buckets: ["2026-09-01", "2026-09-02"], complete: [true, true], series: [series([7, 8], 15, ["DE"]), series([9, 9], 18, ["$other"])] };
  const range = { from: "2026-09-01", to: "2026-09-02" };
  expect(beside(own, other, range).series.map((one) => one.compare)).toEqual([{ ...range, values: [7, 8, null], total: 15 }, undefined, undefined]);
  expect(beside(other, own, range).series[0]!.compare!.values).toEqual([1, 2]);
});

it("a range is compared with as many days before, the year before, or any others", () => {
  expect(comparedDates("prev", { from: "2026-11-08", to: "2026-11-14" })).toEqual({ from: "2026-11-01", to: "2026-11-07" });
  expect(comparedDates("yoy", { from: "2028-02-29", to: "2028-03-01" })).toEqual({ from: "2027-02-28", to: "2027-03-01" });
  expect(comparedDates("2026-09-30..2026-09-01", { from: "2026-11-08", to: "2026-11-14" })).toEqual({ from: "2026-09-01", to: "2026-09-30" });
});
