// The server's answers, as tests/pipeline/test_answers.py compares them with what it says: the pages ask so, and read them.
import { expect, it } from "vitest";

import actors from "../../../tests/contract/answers/actors.json";
import events from "../../../tests/contract/answers/events.json";
import funnel from "../../../tests/contract/answers/funnel.json";
import paths from "../../../tests/contract/answers/paths.json";
import properties from "../../../tests/contract/answers/properties.json";
import retention from "../../../tests/contract/answers/retention.json";
import revenue from "../../../tests/contract/answers/revenue.json";
import sql from "../../../tests/contract/answers/sql.json";
import trends from "../../../tests/contract/answers/trends.json";
import type { components } from "../api/schema";
import type { Answer, SqlAnswer } from "./api";
import { funnelBody } from "./funnel";
import { pathsBody } from "./paths";
import { titleOf } from "./people";
import { nameOf, sizeOf, type Funnel, type LiveEvent, type Paths, type People, type Properties, type Retention, type Revenue, type Trends } from "./questions";
import { retentionBody } from "./retention";
import { placed, revenueBody, revenueLines } from "./revenue";
import { planOf, seriesOf } from "./sql";
import { funnelTable, meansTable, pathsTable, retentionTable, totalsTable } from "./tables";
import { linesOf, lookOf, seriesOf as askedOf, trendsBody } from "./trends";

type Schemas = components["schemas"];
/** JSON has texts, no choices of some. */
type Wide<T> = T extends string ? string : T extends object ? { [K in keyof T]: Wide<T[K]> } : T;
const scope = { from: "2026-03-02", to: "2026-03-04", timezone: "UTC" };

// Every answer is what the description of the API and the pages take it for: svelte-check fails otherwise.
const answers = {
  trends: trends.answer satisfies { data: Schemas["Trends"]; meta: Schemas["Meta"] } satisfies Answer<Trends>,
  funnel: funnel.answer satisfies { data: Schemas["Funnel"] } satisfies Answer<Funnel>,
  retention: retention.answer satisfies { data: Schemas["Retention"] } satisfies Answer<Retention>,
  revenue: revenue.answer satisfies { data: Schemas["Revenue"] } satisfies Answer<Revenue>,
  paths: paths.answer satisfies { data: Schemas["Paths"] } satisfies Answer<Paths>,
  actors: actors.answer satisfies { data: Schemas["Actors"] } satisfies Answer<People>,
  properties: properties.answer satisfies { data: Wide<Schemas["Properties"]> } satisfies Answer<Properties>,
  events: events.answer satisfies Answer<LiveEvent[]>,
  sql: sql.answer satisfies Answer<SqlAnswer>,
};

it("the pages ask what the answers are of", () => {
  // Seven values have rows of their own there, more than these few events have.
  const few = (body: object): object => ({ ...body, top: 1 });
  expect(few(trendsBody(scope, { compare: "previous_period" }, "day", { e: "page_view~unique_users|purchase~unique_users", x: "B / A", b: "source" }))).toEqual(trends.body);
  expect(few(funnelBody(scope, [{ event: "page_view", filters: [] }, { event: "purchase", filters: [] }], { b: "source" }))).toEqual(funnel.body);
  expect(few(retentionBody(scope, { s: "page_view", e: "page_view", g: "day", n: "3", b: "source" }))).toEqual(retention.body);
  expect(few(revenueBody(scope, "day", "refund", {}))).toEqual(revenue.body);
  expect(pathsBody(scope, { n: "3" })).toEqual(paths.body);
});

it("trends are lines, each beside the time before", () => {
  const asked = askedOf({ e: "page_view~unique_users|purchase~unique_users", b: "source" });
  const lines = linesOf(asked, answers.trends.data, "prev", lookOf({})).filter((one) => !one.isComparison);
  expect(lines.map(({ name, values }) => [name, values])).toEqual([
    ["web (A)", [1, 0, 1]],
    ["Other (3) (A)", [2, 2, 0]],
    ["web (B)", [1, 0, 1]],
    ["Other (3) (B)", [0, 1, 0]],
    ["web (B / A)", [1, null, 1]],
    ["Other (3) (B / A)", [0, 0.5, null]],
  ]);
  expect(answers.trends.data.series[1]?.compare?.total).toBe(0);
});

it("a funnel is a table of steps", () => {
  expect(funnelTable(answers.funnel.data).rows.slice(0, 2)).toEqual([["All", "page_view", 4, 1, null, 0, null, null], ["All", "purchase", 2, 0.5, 0.5, 2, 44400, 79440]]);
  expect(answers.funnel.data.breakdown.map(nameOf)).toEqual(["(none)", "Other (3)"]);
  expect(answers.funnel.data.histogram.reduce((sum, one) => sum + one.count, 0)).toBe(2);
});

it("retention is a table of cohorts, with a mean that is weighted by their sizes", () => {
  expect(sizeOf(answers.retention.data)).toBe(4);
  expect(retentionTable(answers.retention.data, "day", true).rows.slice(0, 2)).toEqual([["All", "2026-03-02", 3, 3, 1, 1], ["All", "2026-03-03", 1, 1, 0, 0]]);
  expect(meansTable(answers.retention.data, "source", "day").rows.slice(0, 2)).toEqual([["All", 4, 1, 0.25, 0.25], ["(none)", 1, 1, 0, 0]]);
});

it("revenue is told by currency", () => {
  expect(totalsTable(answers.revenue.data, null).rows.map((row) => row.slice(0, 7))).toEqual([["EUR", 1501, 251, 1250, 2, 2, { text: "€15.01" }], ["USD", 99, 0, 99, 1, 1, { text: "$0.99" }]]);
  expect(revenueLines(answers.revenue.data, "EUR").map(({ series }) => [series.name, series.values])).toEqual([["kitchen", [0, 5.01, -2.51]], ["Other (1)", [10, 0, 0]]]);
  expect(placed(answers.revenue.data, { before: null, gross: null }).map(({ product, share }) => [product.sku, share])).toEqual([["TEA-1", 0.8], ["MUG-1", 0.2], ["PEN-1", 1]]);
});

it("paths, people, names, events and rows of SQL are lists", () => {
  expect(pathsTable(answers.paths.data).rows[1]).toEqual(["page_view → purchase", 2, 1]);
  const { kind, body } = actors.body.of;
  expect(titleOf({ of: { kind, body }, select: actors.body.select })).toBe("Day 1 of 2026-03-02, lost");
  expect([answers.actors.data.total, answers.actors.data.users.map((one) => one.user_id)]).toEqual([2, ["ann", "cem"]]);
  expect(answers.properties.data.events[0]).toMatchObject({ event_type: "page_view", count: 6 });
  expect(answers.events.data.map(({ event_id, user }) => [event_id, user.id])).toEqual([["e10", "ann"], ["e09", "ann"]]);
  expect(seriesOf(answers.sql.data, planOf(answers.sql.data))).toEqual({ buckets: ["page_view", "purchase", "refund"], series: [{ name: "events", color: 1, values: [6, 3, 1] }] });
});
