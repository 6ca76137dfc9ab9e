import { expect, it } from "vitest";

import { titleOf } from "./people";

const question = { series: [{ name: "A", event: "*" }, { name: "B", event: "purchase" }], steps: [{ event: "page_view" }, { event: "checkout" }], interval: "week" };

it.each([
  ["trends", { series: "A", bucket: "2026-11-09" }, "Any event, 2026-11-09"],
  ["trends", { series: "B", bucket: "2026-11-09", breakdown: ["$none", "DE"] }, "purchase, (none) / DE, 2026-11-09"],
  ["funnel", { step: 2, outcome: "reached" }, "Reached checkout"],
  ["funnel", { step: 2, outcome: "dropped", breakdown: ["DE"] }, "Dropped before checkout, DE"],
  ["retention", { cohort: "2026-10-12", n: 3 }, "Week 3 of 2026-10-12"],
  ["retention", { cohort: "2026-10-12", n: 3, outcome: "lost", breakdown: ["DE"] }, "Week 3 of 2026-10-12, lost, DE"],
  ["revenue", { currency: "EUR" }, "Buyers, EUR"],
  ["paths", { path: ["page_view", "checkout"] }, "page_view → checkout"],
  ["paths", { path: 7 }, "People"],
  ["else", {}, "People"],
])("people of %s are called by what was chosen: %o", (kind, select, title) => expect(titleOf({ of: { kind, body: question }, select })).toBe(title));
