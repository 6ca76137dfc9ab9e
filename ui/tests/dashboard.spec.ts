// The dashboard in a real browser against the real program with the sample shop.
import { readFileSync } from "node:fs";

import { expect, test, type Page } from "@playwright/test";

import { axeViolations, Server } from "./server";

const PAGES = ["overview", "live", "trends", "funnel", "retention", "revenue", "experiments", "paths", "sql", "saved", "dashboards", "pipeline", "ledger", "admin"];
const STEPS = ["product_view", "add_to_cart", "checkout", "purchase"];
const server = new Server();
let problems: string[] = [];

interface Answer<T> {
  data: T;
}

test.beforeAll(async () => {
  server.loadShop(20_000);
  await server.start();
  for (const id of ["checkout_button", "homepage_banner"]) {
    await server.ask("/api/v1/experiments", { id, variants: [{ key: "control" }, { key: "treatment" }], goal: { event: "purchase" } });
  }
  await server.ask("/track", { event: "page_view", user_id: "u-today" });
});
test.afterAll(() => server.remove());

test.beforeEach(({ page }) => {
  problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
});

async function open(page: Page, address: string): Promise<void> {
  await page.goto(`${server.url}/p/default/${address}`);
  await settled(page);
}
/** Until every panel shows an answer. */
async function settled(page: Page): Promise<void> {
  await expect(page.locator("main [aria-busy=true], main .skeleton")).toHaveCount(0, { timeout: 20_000 });
}
const digits = (text: string | null): number => Number((text ?? "").replaceAll(/[^\d.-]/g, ""));
const lastDays = (days: number): { from: string; to: string } => ({ from: new Date(Date.now() - (days - 1) * 86_400_000).toISOString().slice(0, 10), to: new Date().toISOString().slice(0, 10) });

const LOOKS = [{ colorScheme: "light" }, { colorScheme: "dark" }, { forcedColors: "active" }] as const;
for (const name of PAGES) {
  test(`${name} has no violation of WCAG at any size and in any colours, none of the content policy, no error, and never scrolls sideways`, async ({ page }) => {
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await open(page, name);
      for (const look of LOOKS) {
        await page.emulateMedia({ colorScheme: "light", forcedColors: "none", ...look });
        expect(await axeViolations(page), `${width} ${JSON.stringify(look)}`).toEqual([]);
      }
    }
    for (const width of [360, 320]) {
      await page.setViewportSize({ width, height: 740 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width}`).toBeLessThanOrEqual(width);
      expect((await page.getByRole("navigation").boundingBox())!.height).toBeLessThan(80);
      await expect(page.getByRole("navigation").locator("[aria-current]")).toBeInViewport();
    }
    expect(problems).toEqual([]);
  });
}

test("the overview's numbers are the API's", async ({ page }) => {
  await open(page, "overview");
  const { data } = await server.ask<Answer<{ series: { name: string; total: number }[] }>>("/api/v1/query/trends", {
    ...lastDays(30),
    series: [{ event: "*", measure: "unique_users", name: "users" }, { event: "*", name: "events" }, { event: "*", measure: "sessions", name: "sessions" }],
  });
  const total = (name: string): number => data.series.find((one) => one.name === name)!.total;
  expect(digits(await page.locator("[data-kpi=users]").textContent())).toBe(total("users"));
  expect(digits(await page.locator("[data-kpi=events]").textContent())).toBe(total("events"));
  expect(digits(await page.locator("[data-kpi=sessions]").textContent())).toBe(total("sessions"));

  // Sales are compared as well, with the days before.
  const netOf = async (dates: object): Promise<number> => {
    const asked = { ...dates, event: "purchase", refund_event: "refund" };
    return (await server.ask<Answer<{ totals: { net_minor: number }[] }>>("/api/v1/query/revenue", asked)).data.totals[0]!.net_minor;
  };
  const to = lastDays(31).from;
  const net = page.locator("button", { has: page.locator("[data-kpi=revenue]") });
  expect(digits(await net.locator(".value").textContent())).toBe((await netOf(lastDays(30))) / 100);
  await expect(net).toContainText(`from $${((await netOf({ from: lastDays(60).from, to })) / 100).toLocaleString("en-US", { minimumFractionDigits: 2 })}`);
  await expect(net.locator("svg")).toBeVisible();
});

test("the funnel's numbers are the API's, and its bars open the people behind them", async ({ page }) => {
  await open(page, "funnel");
  const body = { ...lastDays(30), steps: STEPS.map((event) => ({ event })), window: "7d" };
  const { data } = await server.ask<Answer<{ steps: { count: number; dropped: number }[] }>>("/api/v1/query/funnel", body);
  await expect(page.getByRole("button", { name: /reached it/ })).toHaveCount(4);
  for (const [i, step] of data.steps.entries()) {
    expect(await page.getByRole("button", { name: /reached it/ }).nth(i).getAttribute("aria-label")).toBe(`${STEPS[i]}: ${step.count.toLocaleString("en-US")} reached it`);
  }
  await page.getByRole("button", { name: /purchase: .* reached it/ }).click();
  await expect(page.getByRole("dialog").getByText(`${data.steps[3]!.count.toLocaleString("en-US")} people`)).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /checkout: .* dropped/ }).click({ position: { x: 5, y: 5 } });
  await expect(page.getByRole("dialog").getByText(`${data.steps[2]!.dropped.toLocaleString("en-US")} people`)).toBeVisible();
});

test("retention, revenue and experiments show the API's numbers", async ({ page }) => {
  await open(page, "revenue");
  const revenue = await server.ask<Answer<{ totals: { net_minor: number }[] }>>("/api/v1/query/revenue", { ...lastDays(30), event: "purchase", refund_event: "refund" });
  expect(digits(await page.locator("[data-net=USD]").textContent()) * 100).toBeCloseTo(Number(revenue.data.totals[0]!.net_minor), 0);

  await open(page, "retention");
  const from = new Date(Date.now() - 55 * 86_400_000).toISOString().slice(0, 10);
  const retention = await server.ask<Answer<{ cohorts: { size: number; cells: { rate: number }[] }[] }>>("/api/v1/query/retention", { from, to: lastDays(1).to, start: { event: "*" }, return: { event: "*" }, interval: "week", periods: 8, cohort: "first_time" });
  const first = retention.data.cohorts[0]!;
  await expect(page.locator("tbody tr:nth-child(2) td").first()).toHaveText(first.size.toLocaleString("en-US"));
  await expect(page.locator('[data-row="0"][data-column="1"]')).toContainText(`${(first.cells[1]!.rate * 100).toFixed(1)}%`);

  await open(page, "experiments");
  await expect(page.locator("[data-verdict=homepage_banner]")).toBeVisible();
});

test("a filter is in the address, and the address shows the same again", async ({ page }) => {
  await open(page, "trends");
  const before = await page.locator("[data-total=A]").textContent();
  await page.keyboard.press("f");
  await page.getByLabel("Property", { exact: true }).fill("country");
  await page.getByLabel("Value").fill("DE");
  await page.getByRole("button", { name: "Add filter" }).click();
  await expect(page).toHaveURL(/f=country%3Aeq%3ADE/);
  await settled(page);
  const filtered = await page.locator("[data-total=A]").textContent();
  expect(digits(filtered)).toBeLessThan(digits(before));
  await page.reload();
  await settled(page);
  expect(await page.locator("[data-total=A]").textContent()).toBe(filtered);
  await page.goBack();
  await settled(page);
  expect(await page.locator("[data-total=A]").textContent()).toBe(before);
});

test("keys lead everywhere", async ({ page }) => {
  await open(page, "overview");
  await page.locator("main").focus();
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Trends");
  await page.keyboard.press("3");
  await expect(page).toHaveURL(/r=7d/);
  await page.keyboard.press("ArrowLeft");
  await expect(page).toHaveURL(/r=\d{4}-\d\d-\d\d\.\./);
  await page.keyboard.press("x");
  await expect(page).toHaveURL(/c=prev/);
  await settled(page);
  await page.getByRole("application").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await expect(page.locator(".tip")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "See the people" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
});

test("a chart is a table, a CSV and a picture as well", async ({ page }) => {
  await open(page, "trends?r=7d");
  await page.getByRole("button", { name: "Table", exact: true }).click();
  await expect(page.getByRole("group", { name: "Trends as a table" }).locator("tbody tr")).toHaveCount(7);
  await page.getByRole("button", { name: "Chart", exact: true }).click();
  await page.getByLabel("Trends: export").click();
  const csv = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as CSV" }).click();
  const text = readFileSync((await (await csv).path())!, "utf8");
  const lines = text.replace("\ufeff", "").trim().split("\r\n");
  expect(lines).toHaveLength(8);
  const { data } = await server.ask<Answer<{ series: { values: number[] }[] }>>("/api/v1/query/trends", { ...lastDays(7), series: [{ event: "*" }] });
  expect(lines.slice(1).map((line) => Number(line.split(",")[1]))).toEqual(data.series[0]!.values);
  const png = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as PNG" }).click();
  const bytes = readFileSync((await (await png).path())!);
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  expect(bytes.length).toBeGreaterThan(5000);
  const svg = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as SVG" }).click();
  const drawn = readFileSync((await (await svg).path())!, "utf8");
  const marks = await page.evaluate((source) => {
    const picture = new DOMParser().parseFromString(source, "image/svg+xml");
    return { words: picture.documentElement.textContent, lines: picture.querySelectorAll("path[style*=stroke]").length, broken: picture.querySelectorAll("parsererror").length };
  }, drawn);
  expect(marks.broken).toBe(0);
  expect(marks.lines).toBeGreaterThan(0);
  expect(marks.words).toMatch(/^Trends.*as of position \d+$/s);
  expect(drawn).not.toContain("var(--");
});

test("the first event of a new project is noticed", async ({ page }) => {
  await server.ask("/api/v1/projects", { id: "fresh" });
  await page.goto(`${server.url}/p/fresh/overview`);
  await expect(page.getByText("Waiting for the first event")).toBeVisible();
  await fetch(`${server.url}/track`, { method: "POST", body: '{"user_id":"somebody"}', headers: { "X-Project": "fresh" } });
  await expect(page.getByText("An event came and was rejected")).toBeVisible({ timeout: 15_000 });
  await server.ask("/track", { event: "hello", user_id: "somebody" }, { "X-Project": "fresh" });
  await expect(page.locator("[data-kpi=events]")).toHaveText("1", { timeout: 15_000 });
  expect(problems).toEqual([]);
});

test("ten thousand rows scroll", async ({ page }) => {
  await open(page, "sql");
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("SELECT range AS n, range * 1000000000000 AS large FROM range(10000)");
  await page.keyboard.press("Control+Enter");
  await expect(page.locator("[data-rows='10000']")).toBeVisible({ timeout: 20_000 });
  const grid = page.getByRole("group", { name: "Rows" });
  expect(await grid.locator("tbody tr").count()).toBeLessThan(60);
  await grid.evaluate((element) => (element.scrollTop = element.scrollHeight));
  await expect(grid.getByText("9999", { exact: true })).toBeVisible();
  await expect(grid.getByText("9999000000000000", { exact: true })).toBeVisible();
});

test("an error of SQL says where", async ({ page }) => {
  await open(page, "sql");
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("SELECT nope FROM fact_events");
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.getByRole("alert")).toContainText("line 1, column 8");
});

test("a rejected event is replayed out of the quarantine", async ({ page }) => {
  await fetch(`${server.url}/track`, { method: "POST", body: '{"user_id":"u-1"}' });
  await open(page, "ledger");
  await expect(page.getByText("balances")).toBeVisible();
  await page.getByRole("button", { name: "Replay", exact: true }).first().click();
  await expect(page.getByText("1 still rejected")).toBeVisible();
});

test("a server that goes and comes back is noticed, and what was shown stays", async ({ page }) => {
  await open(page, "trends");
  const shown = await page.locator("[data-total=A]").textContent();
  await server.kill();
  await page.keyboard.press("r");
  await expect(page.getByText("The server cannot be reached. What you see may be old.")).toBeVisible();
  expect(await page.locator("[data-total=A]").textContent()).toBe(shown);
  await server.start();
  await page.keyboard.press("r");
  await expect(page.getByText("The server cannot be reached. What you see may be old.")).toHaveCount(0);
  await settled(page);
  expect(await page.locator("[data-total=A]").textContent()).toBe(shown);
});

test("a key is asked for where one is needed, and is in no address and no storage", async ({ page }) => {
  const guarded = new Server();
  try {
    await guarded.start("--management-key", "a-management-key-of-a-test");
    await page.goto(guarded.url);
    await page.getByRole("textbox", { name: "Key" }).fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("alert")).toBeVisible();
    await page.getByRole("textbox", { name: "Key" }).fill("a-management-key-of-a-test");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByText("Waiting for the first event")).toBeVisible();
    await page.reload();
    await expect(page.getByText("Waiting for the first event")).toBeVisible();
    expect(await page.evaluate(() => document.cookie)).toBe("");
    expect(page.url()).not.toContain("a-management-key");
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain("a-management-key");
  } finally {
    await guarded.remove();
  }
});

/** Opens everything that a page opens over itself, one after the other. */
const OVERLAYS: [string, string, (page: Page) => Promise<void>][] = [
  ["the people behind a bar", "funnel", (page) => page.getByRole("button", { name: /reached it/ }).first().click()],
  ["the keys", "overview", (page) => page.keyboard.press("?")],
  ["the range", "trends", (page) => page.keyboard.press("d")],
  ["the filter", "trends", (page) => page.keyboard.press("f")],
  ["the export", "trends", (page) => page.getByLabel("Trends: export").click()],
  ["saving", "trends", (page) => page.locator("summary", { hasText: "Save" }).click()],
  ["an annotation", "trends", (page) => page.getByRole("button", { name: "Annotate" }).click()],
  ["an event", "live", (page) => page.getByRole("button", { name: "page_view" }).first().click()],
  ["a new experiment", "experiments", (page) => page.getByRole("button", { name: "New experiment" }).click()],
];
for (const theme of ["light", "dark"] as const) {
  test(`nothing that opens violates WCAG in ${theme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme });
    for (const [what, address, openIt] of OVERLAYS) {
      await open(page, address);
      await openIt(page);
      await expect(page.locator("dialog[open], details[open], main form").first(), what).toBeVisible();
      await expect(page.getByText("Loading…")).toHaveCount(0);
      expect(await axeViolations(page), what).toEqual([]);
    }
  });
}

test("with forced colours every mark and every control still has an edge", async ({ page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await open(page, "funnel");
  const kept = page.getByRole("button", { name: /reached it/ }).first();
  const look = await kept.evaluate((bar) => getComputedStyle(bar).backgroundColor);
  expect(look).not.toBe(await kept.evaluate((bar) => getComputedStyle(bar.parentElement!).backgroundColor));
  await open(page, "trends");
  await expect(page.locator("svg[role=application] path.line").first()).toHaveCSS("stroke", /rgb/);
  expect(await axeViolations(page)).toEqual([]);
});

test("with reduced motion nothing moves", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await server.ask("/api/v1/projects", { id: "still" });
  await page.goto(`${server.url}/p/still/overview`);
  await expect(page.getByText("Waiting for the first event")).toBeVisible();
  expect(await page.evaluate(() => document.getAnimations().filter((one) => one.playState === "running").length)).toBe(0);
});

test("a row of the retention table pins its curve", async ({ page }) => {
  await open(page, "retention");
  const cohort = page.locator("tbody th button").first();
  await cohort.click();
  await expect(cohort).toHaveAttribute("aria-pressed", "true");
  await expect(page).toHaveURL(/pin=\d{4}-\d\d-\d\d/);
  await expect(page.locator("svg[role=application] path.line:not(.open)")).toHaveCount(2);
  await page.reload();
  await settled(page);
  await expect(page.locator("svg[role=application] path.line:not(.open)")).toHaveCount(2);
  await cohort.click();
  await expect(page.locator("svg[role=application] path.line:not(.open)")).toHaveCount(1);
});

test("earlier queries are kept and come back", async ({ page }) => {
  await open(page, "sql");
  for (const query of ["SELECT 4711 AS first", "SELECT 815 AS second"]) {
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type(query);
    await page.keyboard.press("Control+Enter");
    await expect(page.getByRole("columnheader", { name: query.split(" ").at(-1)! })).toBeVisible({ timeout: 20_000 });
  }
  await page.reload();
  await page.getByText("Earlier queries").click();
  await page.getByRole("button", { name: "SELECT 4711" }).click();
  await expect(page.locator(".cm-content")).toContainText("SELECT 4711");
});

test("what is not over yet is drawn so", async ({ page }) => {
  await open(page, "trends?r=7d");
  await expect(page.locator("svg[role=application] .unfinished")).toHaveCount(1);
  await expect(page.locator("svg[role=application] path.open")).toHaveCSS("stroke-dasharray", /2px/);
  await open(page, "trends?r=2026-01-01..2026-01-07");
  await expect(page.locator("svg[role=application] .unfinished")).toHaveCount(0);
});

test("conversion over time is asked for when somebody looks, and adds up", async ({ page }) => {
  await open(page, "funnel?r=30d");
  await page.getByRole("tab", { name: "Over time" }).click();
  const panel = page.getByRole("region", { name: "Over time" });
  await expect(panel.getByRole("application")).toBeVisible({ timeout: 30_000 });
  await panel.getByRole("button", { name: "Table", exact: true }).click();
  const rows = await panel.locator("tbody tr").allTextContents();
  expect(rows).toHaveLength(10);
  const first = await server.ask<Answer<{ steps: { count: number }[] }>>("/api/v1/query/funnel", { from: lastDays(30).from, to: lastDays(28).from, steps: STEPS.map((event) => ({ event })), window: "7d" });
  expect(digits(await panel.locator("tbody tr").first().locator("td").nth(2).textContent())).toBe(first.data.steps[0]!.count);
});
