// What makes a question one's own: keys, the palette, zoom, looks, filters of single events, exclusions, tabs of SQL.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test, type Page } from "@playwright/test";

import { axeViolations, Server } from "./server";

const PATIENCE = { timeout: 30_000 };
const server = new Server();

test.beforeAll(async () => {
  server.loadShop(20_000);
  await server.start();
  await server.ask("/api/v1/projects", { id: "fresh" });
});
test.afterAll(() => server.remove());

interface Answer<T> {
  data: T;
}
interface Trends {
  series: { name: string; breakdown?: string[]; total: number; values: number[] }[];
}
async function settled(page: Page): Promise<void> {
  await expect(page.locator("main [aria-busy=true], main .skeleton")).toHaveCount(0, PATIENCE);
}
async function open(page: Page, address: string): Promise<void> {
  await page.goto(`${server.url}/p/default/${address}`);
  await settled(page);
}
const day = (back: number): string => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
const last30 = { from: day(29), to: day(0) };
const digits = (text: string | null): number => Number((text ?? "").replaceAll(/[^\d.-]/g, ""));

test("the palette finds pages, ranges and saved questions", async ({ page }) => {
  await server.ask("/api/v1/questions", { name: "Espresso by country", page: "trends", search: "b=country" });
  await open(page, "overview");
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: /Find a page/ });
  await expect(field).toBeFocused();
  expect(await axeViolations(page)).toEqual([]);
  await field.fill("espre");
  await expect(page.locator("#palette-choices [role=option]")).toHaveCount(1, PATIENCE);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/trends\?b=country/);
  await page.keyboard.press("Control+k");
  await field.fill("range days");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/r=7d/);
  await page.keyboard.press("Control+k");
  await field.fill("no such thing at all");
  await expect(page.getByText("Nothing is called so.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(field).toBeHidden();
});

test("single keys work on the panel, and can be switched off", async ({ page }) => {
  await open(page, "trends");
  await page.locator("main").focus();
  await page.keyboard.press("i");
  await expect(page).toHaveURL(/g=week/);
  await settled(page);
  await page.locator("main").focus();
  await page.keyboard.press("v");
  await expect(page.getByRole("group", { name: "Trends as a table" })).toBeVisible();
  await page.locator("main").focus();
  await page.keyboard.press("b");
  await expect(page.getByLabel("Breakdown")).toBeFocused();
  await page.locator("main").focus();
  await page.keyboard.press("?");
  await page.getByLabel(/Single keys/).uncheck();
  await page.keyboard.press("Escape");
  await page.locator("main").focus();
  await page.keyboard.press("3");
  await page.keyboard.press("g");
  await page.keyboard.press("f");
  await expect(page).toHaveURL(/trends/);
  await expect(page).not.toHaveURL(/r=7d/);
  await page.reload();
  await page.keyboard.press("3");
  await expect(page).not.toHaveURL(/r=7d/);
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: /Find a page/ })).toBeVisible();
});

test("dragging over a chart shows those days, and leads back", async ({ page }) => {
  await open(page, "trends");
  const box = (await page.getByRole("application").boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.4, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 100, { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/r=\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d/);
  const [, from, to] = /r=([\d-]+)\.\.([\d-]+)/.exec(page.url())!;
  expect(from! > last30.from && to! < last30.to && from! < to!).toBe(true);
  await settled(page);
  await page.locator("main").focus();
  await page.keyboard.press("0");
  await expect(page).not.toHaveURL(/r=/);
  await expect(page.getByRole("button", { name: /Leave the zoom/ })).toBeHidden();
});

test("panels that are tables, all time, and any comparison are in the address", async ({ page }) => {
  await open(page, "trends?r=all&e=page_view");
  await expect(page.locator("summary", { hasText: "All time" })).toBeVisible();
  const all = await server.ask<Answer<Trends>>("/api/v1/query/trends", { from: "2020-01-01", interval: "month", series: [{ event: "page_view" }] });
  await expect(page.locator("[data-total=A]")).toHaveText(all.data.series[0]!.total.toLocaleString("en-US"));
  await page.getByRole("button", { name: "Table", exact: true }).click();
  await expect(page).toHaveURL(/tables=Trends/);
  await page.reload();
  await settled(page);
  await expect(page.getByLabel("Trends as a table").locator("tbody tr").first()).toContainText(/^\d{4}-\d\d-\d\d/);

  await open(page, "trends?r=7d&e=page_view");
  await page.keyboard.press("d");
  await page.getByLabel("Compare from").fill(day(20));
  await page.getByLabel("Compare to").fill(day(14));
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`c=${day(20)}..${day(14)}`));
  await settled(page);
  const before = await server.ask<Answer<Trends>>("/api/v1/query/trends", { from: day(20), to: day(14), series: [{ event: "page_view" }] });
  await expect(page.getByRole("row", { name: /A: page_view/ }).locator("td").nth(4)).toHaveText(before.data.series[0]!.total.toLocaleString("en-US"));
  await page.getByRole("button", { name: "Table", exact: true }).click();
  await expect(page.getByLabel("Trends as a table").locator("tbody tr").first().locator("td").nth(2)).toHaveText(String(before.data.series[0]!.values[0]));
  await open(page, `overview?r=7d&c=${day(20)}..${day(14)}`);
  await expect(page.locator("button", { has: page.locator("[data-kpi=events]") })).toContainText(/from [\d,]+/);
  await page.keyboard.press("x");
  await expect(page).not.toHaveURL(/c=/);
});

test("a link to a panel shows that panel", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, "overview?r=7d");
  await page.getByLabel("Weekly retention: export").click();
  await page.getByRole("button", { name: "Copy link" }).and(page.locator(":visible")).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(`${server.url}/p/default/overview?r=7d#Weekly%20retention`);
  const other = await context.newPage();
  await other.goto(link);
  await settled(other);
  await expect(other.getByRole("heading", { name: "Weekly retention" })).toBeInViewport();
  await expect(other.locator("[data-kpi=users]")).not.toBeInViewport();
  await other.evaluate(() => (location.hash = "Funnel"));
  await expect(other.getByRole("heading", { name: "Funnel" })).toBeInViewport();
});

test("a point of a chart has a menu, by mouse and by keys", async ({ page }) => {
  await open(page, "trends?r=30d&e=purchase~unique_users|page_view&b=country");
  const chart = page.getByRole("application");
  const menu = page.getByRole("menu");
  await chart.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect(menu).toBeVisible();
  await expect(menu.getByRole("menuitem").first()).toBeFocused();
  expect(await axeViolations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
  await expect(chart).toBeFocused();

  // Its events are those of the point: of this series, this value, this day.
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await menu.getByRole("menuitem", { name: "See the events" }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`live\\?f=country%3Aeq%3A..&e=purchase&t=${day(29)}..${day(29)}$`));
  const country = /eq%3A(..)/.exec(page.url())![1];
  const filters = [{ property: "country", op: "eq", value: country }];
  const { data } = await server.ask<Answer<{ position: number }[]>>("/api/v1/query/events", { from: day(29), to: day(29), event: "purchase", filters });
  await expect(page.getByRole("group", { name: "Newest events" }).getByRole("button", { name: "purchase" })).toHaveCount(data.length, PATIENCE);
  await page.getByRole("button", { name: "Show what comes" }).click();
  await expect(page).not.toHaveURL(/t=/);

  await open(page, "trends?r=30d");
  const box = (await chart.boundingBox())!;
  const click = async (): Promise<void> => {
    await page.mouse.click(box.x + box.width / 2, box.y + 150);
    await expect(menu.getByRole("menuitem").first()).toBeFocused();
  };
  await click();
  await menu.getByRole("menuitem", { name: "See the people" }).click();
  await expect(page.getByRole("dialog").getByText(/\d people/)).toBeVisible(PATIENCE);
  await page.keyboard.press("Escape");
  await click();
  await menu.getByRole("menuitem", { name: "Break down by…" }).click();
  await expect(page.getByLabel("Breakdown")).toBeFocused();
  await click();
  await menu.getByRole("menuitem", { name: "Annotate" }).click();
  await expect(page.getByLabel("What happened")).toBeFocused();
  await click();
  await page.mouse.click(box.x + 20, box.y - 40); // elsewhere
  await expect(menu).toBeHidden();
  await click();
  await menu.getByRole("menuitem", { name: "Zoom here" }).click();
  await expect(page).toHaveURL(/r=(\d{4}-\d\d-\d\d)\.\.\1/);
});

test("trends begin with questions about what there is most of", async ({ page }) => {
  await open(page, "trends");
  await page.getByRole("button", { name: "Share of them with product_view" }).click();
  const { data } = await server.ask<Answer<Trends>>("/api/v1/query/trends", { ...last30, series: [{ event: "product_view", measure: "unique_users", name: "A" }, { event: "page_view", measure: "unique_users", name: "B" }], formulas: ["A / B"] });
  await expect(page.locator("[data-total='A / B']")).toHaveText(data.series[2]!.total.toLocaleString("en-US", { maximumFractionDigits: 2 }), PATIENCE);
  await expect(page.getByText("Start with")).toHaveCount(0);
  await page.goBack();
  await page.getByRole("button", { name: /^page_view by / }).click();
  await expect(page.getByLabel("Breakdown")).not.toHaveValue("");
  await page.goto(`${server.url}/p/fresh/trends`);
  await settled(page);
  await expect(page.getByText("Start with")).toHaveCount(0);
});

test("trends are drawn as wanted: stacked, summed up, smoothed, as numbers, without a row", async ({ page }) => {
  await open(page, "trends?b=source&vw=bars&g=week");
  const { data } = await server.ask<Answer<Trends>>("/api/v1/query/trends", { ...last30, interval: "week", series: [{ event: "*", name: "A" }], breakdown: ["source"], top: 7 });
  const bars = page.locator("main svg[role=application] rect[fill]");
  await expect(bars).toHaveCount(data.series.flatMap((one) => one.values).filter((value) => value > 0).length);
  await page.getByRole("button", { name: data.series[0]!.breakdown![0]!, exact: true }).click();
  await expect(page).toHaveURL(/hide=0/);
  await expect(bars).toHaveCount(data.series.slice(1).flatMap((one) => one.values).filter((value) => value > 0).length);
  await page.getByLabel("Show as").selectOption("number");
  await expect(page.locator(".numbers li")).toHaveCount(data.series.length - 1);
  await open(page, "trends?cum=1");
  await page.getByRole("button", { name: "Table", exact: true }).click();
  const last = page.getByRole("group", { name: "Trends as a table" }).locator("tbody tr").last().locator("td").last();
  const all = await server.ask<Answer<Trends>>("/api/v1/query/trends", { ...last30, series: [{ event: "*" }] });
  expect(digits(await last.textContent())).toBe(all.data.series[0]!.total);
});

test("the keys of lines are dashed as the lines are", async ({ page }) => {
  await open(page, "trends?b=country&c=prev");
  const dashes = (selector: string): Promise<(string | null)[]> => page.locator(selector).evaluateAll((all) => all.map((one) => one.getAttribute("stroke-dasharray")));
  const drawn = await dashes("svg[role=application] path.line:not(.open):not(.thin)");
  expect(new Set(drawn).size).toBeGreaterThan(1);
  expect(await dashes("main tbody .key path")).toEqual(drawn);
  const compared = await dashes("svg[role=application] path.thin");
  expect(new Set(compared)).toEqual(new Set(["4 4"]));
  expect(await dashes("main thead .key path")).toEqual(["4 4"]);
  await page.getByLabel("Show as").selectOption("bars");
  await expect(page.locator("main tbody .key path")).toHaveCount(0);
  await open(page, "overview?c=prev");
  const chart = page.locator(".chart").first();
  await expect(chart.locator("ul .key path")).toHaveCount(2);
  expect(await dashes(".chart ul .key path")).toEqual(["", "4 4"]);
});

test("a series and a step have filters of their own, and a funnel excludes", async ({ page }) => {
  await open(page, "trends");
  await page.getByText("+ filter").click();
  await page.getByLabel("Property", { exact: true }).fill("country");
  await page.getByLabel("Value").fill("DE");
  await page.getByRole("button", { name: "Add filter" }).click();
  await settled(page);
  const filters = [{ property: "country", op: "eq", value: "DE" }];
  const trends = await server.ask<Answer<Trends>>("/api/v1/query/trends", { ...last30, series: [{ event: "*", filters }] });
  await expect(page.locator("[data-total=A]")).toHaveText(trends.data.series[0]!.total.toLocaleString("en-US"));

  await open(page, `funnel?steps=${encodeURIComponent("page_view,product_view~" + "country:eq:DE".replaceAll(":", "%3A") + ",purchase")}&w=30d`);
  await page.getByRole("button", { name: "Exclude an event" }).click();
  await page.getByLabel("Without").fill("search");
  await page.keyboard.press("Tab");
  await settled(page);
  const funnel = await server.ask<Answer<{ steps: { count: number }[] }>>("/api/v1/query/funnel", {
    ...last30, steps: [{ event: "page_view" }, { event: "product_view", filters }, { event: "purchase" }], window: "30d", exclude: [{ event: "search", between: [1, 3] }],
  });
  const shown = page.getByRole("button", { name: /reached it/ });
  await expect(shown).toHaveCount(3);
  for (const [i, step] of funnel.data.steps.entries()) expect(digits((await shown.nth(i).getAttribute("aria-label"))!.split(":")[1]!)).toBe(step.count);
});

test("the most frequent values filter the page, and leave one out", async ({ page }) => {
  await open(page, "overview");
  await page.getByLabel("Values of another property").fill("country");
  await page.keyboard.press("Enter");
  await settled(page);
  const { data } = await server.ask<Answer<Trends>>("/api/v1/query/trends", { ...last30, series: [{ event: "*", name: "A" }], breakdown: ["country"], top: 10 });
  const [country, total] = [data.series[0]!.breakdown![0]!, data.series[0]!.total];
  const row = page.getByRole("row", { name: new RegExp(`^${country} `) });
  await expect(row.getByRole("cell").nth(1)).toHaveText(total.toLocaleString("en-US"));
  await row.getByRole("button", { name: country }).click();
  await expect(page).toHaveURL(/f=country/);
  await settled(page);
  await expect(page.locator("[data-kpi=events]")).toHaveText(total.toLocaleString("en-US"));
  await page.locator("main").focus();
  await page.keyboard.press("Escape");
  await settled(page);
  await page.getByRole("row", { name: new RegExp(`^${country} `) }).getByRole("button", { name: country }).click({ modifiers: ["Alt"] });
  await expect(page).toHaveURL(/f=country%3Ane/);
  await settled(page);
  const all = data.series.reduce((sum, one) => sum + one.total, 0);
  await expect(page.locator("[data-kpi=events]")).toHaveText((all - total).toLocaleString("en-US"));
});

test("each first line that is offered sends an event", async ({ page }) => {
  await page.goto(`${server.url}/p/fresh/overview`);
  await expect(page.getByText("Waiting for the first event")).toBeVisible(PATIENCE);
  const snippet = async (name: string): Promise<string> => {
    await page.getByRole("button", { name, exact: true }).click();
    return (await page.locator("pre").first().textContent())!;
  };
  const lines = { curl: await snippet("curl"), JavaScript: await snippet("JavaScript"), Python: await snippet("Python") };
  execFileSync("sh", ["-c", lines.curl], { stdio: "ignore" });
  const script = join(server.data, "send.mjs");
  writeFileSync(script, lines.JavaScript);
  execFileSync(process.execPath, [script]);
  execFileSync("python3", ["-c", lines.Python], { stdio: "ignore" });
  await expect(page.locator("[data-kpi=events]")).toBeVisible(PATIENCE);
  const total = async (): Promise<unknown> => (await server.ask<Answer<Trends>>("/api/v1/query/trends", { series: [{ event: "page_view" }] }, { "X-Project": "fresh" })).data.series[0]!.total;
  await expect.poll(total, PATIENCE).toBe(3);
});

test("queries stay in their tabs, are bound to the range, are drawn, and say where they are wrong", async ({ page }) => {
  await open(page, "sql");
  const write = async (text: string): Promise<void> => {
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(text);
  };
  await write("SELECT event_type, count(*) AS n\nFROM fact_events WHERE occurred_at::date BETWEEN {{from}} AND {{to}}\nGROUP BY 1");
  await page.getByRole("button", { name: "Run" }).click();
  const { data } = await server.ask<Answer<Trends>>("/api/v1/query/trends", { ...last30, series: [{ event: "*" }], breakdown: ["event_type"], top: 50 });
  await expect(page.locator("[data-rows]")).toHaveAttribute("data-rows", String(data.series.length), PATIENCE);
  await page.getByLabel("Show as").selectOption("bars");
  await expect(page.locator("main svg[role=application] rect[fill]")).toHaveCount(data.series.length);
  await page.getByRole("button", { name: "New query" }).click();
  await write("SELECT 1,\n  nope\nFROM fact_events");
  await page.keyboard.press("ArrowRight"); // nothing is selected
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.locator(".cm-wrong")).toHaveText("  nope", PATIENCE);
  await page.reload();
  await expect(page.getByRole("button", { name: "Query 2", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Query 2", exact: true }).click();
  await expect(page.locator(".cm-content")).toContainText("nope");
  await page.getByRole("button", { name: "Close query 2" }).click();
  await expect(page.locator(".cm-content")).toContainText("{{from}}");
});

test("a saved question is replaced by what the page shows now", async ({ page }) => {
  await server.ask("/api/v1/questions", { name: "Weekly", page: "retention", search: "g=week" });
  await open(page, "retention?g=day&n=5");
  await page.locator("summary", { hasText: "Save" }).click();
  await page.getByLabel(/^As a new/).selectOption({ label: "Weekly, replaced" });
  await page.getByRole("button", { name: "Save this question" }).click();
  await expect(page.getByText("Saved as Weekly.")).toBeVisible(PATIENCE);
  const { data } = await server.ask<Answer<{ name: string; version: number; search: string }[]>>("/api/v1/questions");
  expect(data.filter((one) => one.name === "Weekly")).toMatchObject([{ version: 2, search: expect.stringContaining("g=day") }]);
});

test("all people behind a number can be read, and lead to their events", async ({ page }) => {
  await open(page, "funnel?steps=page_view,product_view");
  await page.getByRole("button", { name: /page_view: .* reached it/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.locator("tbody tr")).toHaveCount(200, PATIENCE);
  await dialog.getByRole("button", { name: "Show more" }).click();
  await expect(dialog.locator("tbody tr")).toHaveCount(400, PATIENCE);
  const ids = await dialog.locator("tbody tr td:first-child a").allTextContents();
  expect(new Set(ids).size).toBe(400);
  await dialog.getByRole("link", { name: ids[0]!, exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`live\\?u=${ids[0]}`));
});

test("the people of a mark are in the address: a reload and a link show them, Back and Esc leave them", async ({ page }) => {
  await open(page, "funnel?steps=product_view,purchase");
  const { data } = await server.ask<Answer<{ steps: { count: number; dropped: number }[] }>>("/api/v1/query/funnel", { ...last30, steps: [{ event: "product_view" }, { event: "purchase" }], window: "7d" });
  const dialog = page.getByRole("dialog", { name: "Reached purchase" });
  const isThere = async (): Promise<void> => expect(dialog.getByText(`${data.steps[1]!.count.toLocaleString("en-US")} people`)).toBeVisible(PATIENCE);
  const asked: string[] = [];
  page.on("request", (request) => request.method() === "POST" && asked.push(new URL(request.url()).pathname));
  await page.getByRole("button", { name: /purchase: .* reached it/ }).click();
  await isThere();
  expect(asked).toEqual(["/api/v1/query/actors"]);
  const link = page.url();

  await page.goBack();
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL(/funnel\?steps=product_view,purchase$/);
  await page.goForward();
  await isThere();
  await page.reload();
  await isThere();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL(/funnel\?steps=product_view,purchase$/);

  // Whoever got the link has no page behind it: closing stays here.
  const other = await page.context().newPage();
  await other.goto(link.replace("/funnel?", "/overview?"));
  await expect(other.getByRole("dialog", { name: "Reached purchase" }).getByText(/ people/)).toContainText(`${data.steps[1]!.count.toLocaleString("en-US")} people`, PATIENCE);
  await other.keyboard.press("Escape");
  await expect(other.getByRole("dialog")).toHaveCount(0);
  await expect(other).toHaveURL(/overview\?steps=/);
  await other.goto(`${server.url}/p/default/overview?sel=%7B%22of`);
  await settled(other);
  await expect(other.getByRole("dialog")).toHaveCount(0);
  await other.close();
});

test("a chart says what it shows, and the overview's goes on in trends", async ({ page }) => {
  await open(page, "overview?kpi=events");
  const { data } = await server.ask<Answer<Trends>>("/api/v1/query/trends", { ...last30, series: [{ event: "*", name: "A" }] });
  const { values, total } = data.series[0]!;
  const high = Math.max(...values);
  const at = new Date(`${day(29 - values.indexOf(high))}T00:00:00Z`).toLocaleDateString("en-US", { month: "short", day: "numeric", timeZone: "UTC" });
  await expect(page.getByRole("application", { name: new RegExp(`^Events, .* to .*, high ${high.toLocaleString("en-US")} on ${at}`) })).toBeVisible();
  await page.getByRole("link", { name: "Open in Trends" }).click();
  await expect(page).toHaveURL(/trends\?e=\*$/);
  await expect(page.locator("[data-total=A]")).toHaveText(total.toLocaleString("en-US"), PATIENCE);
});

test("a funnel says why a step has nobody, and when it is too early to tell", async ({ page }) => {
  await open(page, "funnel?steps=refund,signup&o=strict&w=1s");
  await expect(page.getByText(/No one reached signup\. Its last event was .* ago\./)).toBeVisible(PATIENCE);
  await expect(page.getByText("may still do the rest")).toHaveCount(0);
  await open(page, "funnel?steps=page_view,purchase&w=60d");
  await expect(page.getByText(`longer than the time since ${last30.from}: whoever entered may still do the rest.`)).toBeVisible(PATIENCE);
});

test("a funnel begins with the events that follow each other most, and shows its steps, the time they take, or their days", async ({ page }) => {
  await open(page, "funnel");
  const paths = await server.ask<Answer<{ edges: { from: string; to: string; count: number }[] }>>("/api/v1/query/paths", { ...last30, steps: 5, within: "30m", limit: 30 });
  const counts: Record<string, number> = {};
  for (const { from, to, count } of paths.data.edges) if (from !== to) counts[`${from} → ${to}`] = (counts[`${from} → ${to}`] ?? 0) + count;
  const pairs = Object.entries(counts).sort(([, a], [, b]) => b - a).slice(0, 2).map(([pair]) => pair);
  const start = page.getByRole("region", { name: "Question" }).getByText("Start with").locator("..");
  await expect(start.getByRole("button")).toHaveText(pairs, PATIENCE);
  await start.getByRole("button").last().click();
  await expect(page.getByText("Start with")).toHaveCount(0);
  const [first, second] = pairs[1]!.split(" → ");
  await expect(page.getByLabel("Step 1", { exact: true })).toHaveValue(first!);
  await settled(page);

  await page.getByTitle("Drag it to another place").first().dragTo(page.getByLabel("Step 2", { exact: true }));
  await expect(page.getByLabel("Step 1", { exact: true })).toHaveValue(second!);
  await page.goBack();
  await settled(page);

  const tabs = page.getByRole("tab");
  await expect(tabs).toHaveText(["Steps", "Time to convert", "Over time"]);
  await tabs.first().focus();
  await page.keyboard.press("ArrowRight");
  await expect(tabs.nth(1)).toBeFocused();
  await expect(page).toHaveURL(/vw=time/);
  const funnel = await server.ask<Answer<{ histogram: { count: number }[] }>>("/api/v1/query/funnel", { ...last30, steps: [{ event: first }, { event: second }], window: "7d" });
  const bins = page.getByRole("region", { name: "Time to convert" }).getByRole("listitem").locator(".number");
  await expect(bins).toHaveText(funnel.data.histogram.map(({ count }) => count.toLocaleString("en-US")));
  await expect(page.getByRole("region", { name: "Funnel", exact: true })).toHaveCount(0);
  expect(await axeViolations(page)).toEqual([]);
  await page.reload();
  await expect(tabs.nth(1)).toHaveAttribute("aria-selected", "true");
  await page.goto(`${server.url}/p/fresh/funnel`);
  await settled(page);
  await expect(page.getByText("Start with")).toHaveCount(0);
});

test("a funnel is compared, tells times and the worst step, and its breakdown is a table with all of it", async ({ page }) => {
  const steps = ["page_view", "product_view", "add_to_cart"];
  const question = { steps: steps.map((event) => ({ event })), window: "7d" };
  await open(page, `funnel?r=3d&b=country&steps=${steps.join(",")}`);
  await expect(page.getByText("The window is longer than the range")).toBeVisible();
  await page.keyboard.press("x");
  await expect(page).toHaveURL(/c=prev/);
  const before = await server.ask<Answer<{ steps: { of_first: number }[] }>>("/api/v1/query/funnel", { ...question, from: day(5), to: day(3) });
  for (const step of before.data.steps) await expect(page.getByText(`before: ${(step.of_first * 100).toFixed(1)}%`).first()).toBeVisible(PATIENCE);
  await expect(page.getByText(/dropped, most$/)).toHaveCount(1);
  await expect(page.getByText(/90 % in /).first()).toBeVisible();
  expect(await axeViolations(page)).toEqual([]);

  const own = await server.ask<Answer<{ breakdown: { breakdown: string[]; steps: { count: number; of_first: number; of_previous: number; p90_s: number | null }[] }[] }>>("/api/v1/query/funnel", { ...question, from: day(2), to: day(0), breakdown: ["country"], top: 7 });
  const first = own.data.breakdown[0]!;
  const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
  const third = first.steps[2]!;
  await expect(page.getByRole("button", { name: /^add_to_cart: .* reached it/ }).locator("i")).toHaveCount(own.data.breakdown.length);
  const cell = page.getByRole("group", { name: "Values of country" }).locator("tbody tr").first().locator("td").nth(2);
  await expect(cell).toContainText(`${third.count}${percent(third.of_first)} · ${percent(third.of_previous)}`);
  await page.getByRole("region", { name: "Funnel", exact: true }).getByRole("button", { name: "Table", exact: true }).click();
  const cells = page.getByLabel("Funnel as a table").locator("tbody tr").nth(3 + 1).locator("td");
  await expect(cells.first()).toHaveText(first.breakdown[0]!);
  await expect(cells.nth(2)).toHaveText(String(first.steps[1]!.count));
  await expect(cells.nth(7)).toHaveText(String(first.steps[1]!.p90_s));

  await server.ask("/api/v1/annotations", { text: "Prices changed", at: day(1) });
  await open(page, `funnel?r=30d&vw=trend&steps=${steps.join(",")}`);
  await expect(page.getByRole("region", { name: "Over time" }).getByRole("listitem").filter({ hasText: "Prices changed" })).toBeVisible(PATIENCE);
});

test("retention is broken down: a row of means for each value, and the cohorts of the one that is chosen", async ({ page }) => {
  interface Cohorts {
    cohorts: { start: string; size: number; cells: { count: number }[] }[];
    mean: { rate: number | null }[];
  }
  await open(page, "retention?r=60d&n=4");
  await page.keyboard.press("b");
  await page.keyboard.type("country");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/b=country/);
  await settled(page);
  const { data } = await server.ask<Answer<Cohorts & { breakdown: (Cohorts & { breakdown: string[] })[] }>>("/api/v1/query/retention", {
    from: day(59), to: day(0), start: { event: "*" }, return: { event: "*" }, interval: "week", periods: 4, cohort: "first_time", breakdown: ["country"], top: 7,
  });
  const users = ({ cohorts }: Cohorts): number => cohorts.reduce((sum, one) => sum + one.size, 0);
  const one = data.breakdown[1]!;
  const name = one.breakdown[0]!;
  const values = page.getByRole("group", { name: "Values of country" });
  await expect(values.locator("tbody tr")).toHaveCount(1 + data.breakdown.length);
  expect(users(one)).toBeLessThan(users(data));
  await expect(values.locator("tbody tr").nth(2).locator("th, td")).toHaveText([name, users(one).toLocaleString("en-US"), ...one.mean.map(({ rate }) => (rate === null ? "–" : `${(rate * 100).toFixed(1)}%`))]);

  const cohorts = page.getByRole("group", { name: "Retention, scrolls sideways" });
  const size = cohorts.locator("tbody tr").nth(1).locator("td").first();
  await expect(size).toHaveText(data.cohorts[0]!.size.toLocaleString("en-US"));
  await values.getByRole("button", { name, exact: true }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`bv=${name}`));
  await expect(size).toHaveText(one.cohorts[0]!.size.toLocaleString("en-US"));
  expect(await axeViolations(page)).toEqual([]);
  await cohorts.locator("[data-row='0'][data-column='1']").click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText(`${one.cohorts[0]!.cells[1]!.count} people`)).toBeVisible(PATIENCE);
  // Those who did not come back are the rest of the cohort.
  await dialog.getByRole("tab", { name: "Lost" }).click();
  await expect(dialog.getByText(new RegExp(`^${one.cohorts[0]!.size - one.cohorts[0]!.cells[1]!.count} (person|people)`))).toBeVisible(PATIENCE);
  await expect(dialog).toHaveAccessibleName(new RegExp(`^Week 1 of ${one.cohorts[0]!.start}, lost, ${name}$`));
  expect(await axeViolations(page)).toEqual([]);
  await page.reload();
  await dialog.getByRole("tab", { name: "Lost", selected: true }).press("ArrowLeft");
  await expect(dialog.getByText(`${one.cohorts[0]!.cells[1]!.count} people`)).toBeVisible(PATIENCE);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(new RegExp(`bv=${name}$`));

  for (const panel of ["Retention by country", "Retention"]) await page.getByRole("region", { name: panel, exact: true }).getByRole("button", { name: "Table", exact: true }).click();
  await expect(page.getByLabel("Retention by country as a table").locator("tbody tr").nth(2).locator("td").first()).toHaveText(name);
  const row = page.getByLabel("Retention as a table").locator("tbody tr").filter({ hasText: name }).first();
  await expect(row.locator("td")).toHaveText([name, one.cohorts[0]!.start, String(one.cohorts[0]!.size), ...Array<RegExp>(4).fill(/./)]);

  await page.getByRole("region", { name: "Retention", exact: true }).getByRole("button", { name: "Chart", exact: true }).click();
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(page).not.toHaveURL(/bv=/);
  await expect(size).toHaveText(data.cohorts[0]!.size.toLocaleString("en-US"));
});

test("the row of all others says how many values it pours together", async ({ page }) => {
  const { data } = await server.ask<Answer<{ series: { other_values?: number }[] }>>("/api/v1/query/trends", { ...last30, series: [{ event: "*" }], breakdown: ["product.sku"], top: 7 });
  const others = data.series.at(-1)!.other_values!;
  expect(others).toBeGreaterThan(1);
  await open(page, "trends?r=30d&b=product.sku");
  await expect(page.locator("main").getByRole("row", { name: `Other (${others})` })).toBeVisible();
});

test("revenue is compared, each currency by itself, and products have their share, what was refunded, and their change", async ({ page }) => {
  interface Revenue {
    totals: { currency: string; gross_minor: number; refunds_minor: number; net_minor: number; orders: number; arppu_minor: number }[];
    products: { currency: string; sku: string; net_minor: number }[];
  }
  const order = { user_id: "from-abroad", event_type: "purchase", currency: "EUR", product: { sku: "TEA-001" } };
  await server.ask("/track", { ...order, amount_minor: 5000, timestamp: `${day(1)}T12:00:00Z` });
  await server.ask("/track", { ...order, amount_minor: 4000, timestamp: `${day(31)}T12:00:00Z` });
  const ask = async (question: object): Promise<Revenue> => (await server.ask<Answer<Revenue>>("/api/v1/query/revenue", { event: "purchase", ...question })).data;
  await expect.poll(async () => (await ask(last30)).totals.length, PATIENCE).toBe(2);
  await open(page, "revenue");
  await page.keyboard.press("x");
  await expect(page).toHaveURL(/c=prev/);
  await settled(page);
  const previous = { from: day(59), to: day(30) };
  const [own, before, gross] = await Promise.all([ask({ ...last30, refund_event: "refund" }), ask({ ...previous, refund_event: "refund" }), ask(last30)]);
  const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;
  const money = (minor: number, currency: string): string => (minor / 100).toLocaleString("en-US", { style: "currency", currency });
  const change = (now: number, then: number): string => `${now > then ? "▲" : "▼"} ${percent(Math.abs(now / then - 1))}`;

  for (const currency of ["USD", "EUR"]) {
    const [one, then] = [own, before].map(({ totals }) => totals.find((total) => total.currency === currency)!);
    const rows = page.getByRole("group", { name: "Totals by currency" }).locator("tbody", { hasText: currency }).locator("tr");
    await expect(rows.nth(0).locator("td").nth(1)).toHaveText(`${percent(one!.refunds_minor / one!.gross_minor)} ${money(one!.refunds_minor, currency)}`);
    await expect(rows.nth(1).locator("td").nth(2)).toHaveText(money(then!.net_minor, currency), PATIENCE);
    await expect(rows.nth(2).locator("td").nth(2)).toHaveText(change(one!.net_minor, then!.net_minor));
    await expect(rows.nth(2).locator("td").nth(6)).toHaveText(change(one!.arppu_minor, then!.arppu_minor));
  }
  const find = ({ products }: Revenue, { currency, sku }: { currency: string; sku: string }) => products.find((one) => one.currency === currency && one.sku === sku);
  const refunded = own.products.find((one) => find(gross, one)!.net_minor > one.net_minor && find(before, one))!;
  for (const one of [refunded, find(own, { currency: "EUR", sku: "TEA-001" })!]) {
    const cells = page.getByRole("group", { name: "Products", exact: true }).locator("tr", { hasText: one.sku }).filter({ hasText: money(one.net_minor, one.currency) }).locator("td");
    const [whole, then] = [find(gross, one)!.net_minor, find(before, one)!.net_minor];
    await expect(cells.nth(4)).toHaveText(percent(one.net_minor / own.totals.find((total) => total.currency === one.currency)!.net_minor));
    await expect(cells.nth(5)).toHaveText(percent((whole - one.net_minor) / whole));
    await expect(cells.nth(8)).toHaveText(money(then, one.currency));
    await expect(cells.nth(9)).toHaveText(change(one.net_minor, then));
  }
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole("region", { name: "Products" }).getByRole("button", { name: "Table", exact: true }).click();
  await expect(page.getByLabel("Products as a table").locator("th")).toContainText(["Share of net", "Refunded", "Net (minor), compared"]);
});

test("revenue's chart is compared, gross or net, products have their course, and one of them its detail", async ({ page }) => {
  interface Revenue {
    series: { currency: string; breakdown: string[]; net_minor: number[]; orders: number[] }[];
    products: { currency: string; sku: string; name: string; net_minor: number }[];
    totals: { currency: string; buyers: number }[];
  }
  const ask = async (question: object): Promise<Revenue> => (await server.ask<Answer<Revenue>>("/api/v1/query/revenue", { event: "purchase", ...question })).data;
  const money = (minor: number): string => (minor / 100).toLocaleString("en-US", { style: "currency", currency: "USD" });
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  const previous = { from: day(59), to: day(30) };
  await open(page, "revenue?c=prev&cur=USD");
  const chart = page.getByRole("region", { name: "Net revenue by product.category" });
  await expect(chart.locator("path.thin")).toHaveCount(1, PATIENCE);
  await expect(chart.getByText("All together, previous")).toBeVisible();
  await page.getByLabel("Amounts").selectOption("gross");
  await expect(page).toHaveURL(/m=gross/);
  const products = page.getByRole("group", { name: "Products", exact: true });
  const [own, before] = await Promise.all([ask(last30), ask({ ...previous, breakdown: ["product.category"], top: 7 })]);
  const first = own.products.find((one) => one.currency === "USD")!;
  const cells = products.locator("tbody tr").filter({ hasText: first.sku }).locator("td");
  await expect(cells.nth(2)).toHaveText(money(first.net_minor), PATIENCE);
  await expect(products.locator("th")).not.toContainText(["Refunded"]);
  await expect(cells.nth(3).locator("svg")).toBeVisible(PATIENCE);
  const gross = page.getByRole("region", { name: "Gross revenue by product.category" });
  await gross.getByRole("button", { name: "Table", exact: true }).click();
  const all = sum(before.series.filter((one) => one.currency === "USD").map((one) => one.net_minor[0]!));
  await expect(page.getByLabel("Gross revenue by product.category as a table").locator("tbody tr").first().locator("td").last()).toHaveText(String(all), PATIENCE);

  await cells.first().getByRole("button").click();
  await expect(page).toHaveURL(new RegExp(`product=${first.sku}`));
  const filters = [{ property: "product.sku", op: "eq", value: first.sku }];
  const byCountry = await ask({ ...last30, filters, breakdown: ["country"], top: 20 });
  const best = byCountry.series.filter((one) => one.currency === "USD").map((one) => ({ value: one.breakdown[0]!, net: sum(one.net_minor), orders: sum(one.orders) })).sort((a, b) => b.net - a.net)[0]!;
  const detail = page.getByRole("region", { name: first.name, exact: true });
  await expect(detail.locator("tbody tr").first().locator("td")).toHaveText([best.value, money(best.net), "", /%$/, String(best.orders)], PATIENCE);
  expect(await axeViolations(page)).toEqual([]);
  await detail.getByRole("tab", { name: "Buyers" }).click();
  await expect(page).toHaveURL(/by=user_id/);
  await expect(detail.getByTitle("The events of this person").first()).toBeVisible(PATIENCE);
  await detail.getByRole("button", { name: /\d+ buyers/ }).first().click();
  await expect(page.getByRole("dialog").getByText(`${byCountry.totals.find((one) => one.currency === "USD")!.buyers} people`)).toBeVisible(PATIENCE);
  await page.keyboard.press("Escape");
  await detail.getByRole("tab", { name: "Countries" }).click();
  await detail.getByRole("button", { name: best.value, exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`f=country%3Aeq%3A${best.value}`));
});

test("a project is changed where it is listed", async ({ page }) => {
  await server.ask("/api/v1/projects", { id: "moving", timezone: "UTC" });
  await open(page, "admin");
  await page.getByRole("button", { name: "Change moving" }).click();
  await expect(page.getByLabel("Id", { exact: true })).toBeDisabled();
  await page.getByLabel("Time zone").fill("Asia/Tokyo");
  await page.getByLabel("Oldest events").fill("soon");
  await page.getByRole("button", { name: "Change moving" }).last().click();
  await expect(page.getByLabel("Oldest events")).toHaveAccessibleDescription(/must be a duration/, PATIENCE);
  await page.getByLabel("Oldest events").fill("90d");
  await page.getByRole("button", { name: "Change moving" }).last().click();
  await expect(page.getByRole("row", { name: /^moving/ })).toContainText("Asia/Tokyo", PATIENCE);
  const { data } = await server.ask<Answer<object>>("/api/v1/projects/moving");
  expect(data).toMatchObject({ id: "moving", timezone: "Asia/Tokyo", max_event_age: "90d" });
  await expect(page.getByRole("button", { name: "Add project" })).toBeVisible();
});

test("the audit is searched", async ({ page }) => {
  await server.ask("/api/v1/projects", { id: "searched-for" });
  await open(page, "admin");
  const entries = page.getByRole("group", { name: "Audit entries" }).locator("tbody tr");
  await expect(entries.filter({ hasText: "searched-for" })).toHaveCount(1, PATIENCE);
  await page.keyboard.press("/");
  await page.keyboard.type("Searched-for");
  await expect(entries).toHaveCount(1);
  await expect(entries.getByRole("cell").nth(1)).toHaveText("searched-for");
});

test("a key ends on the day that it is given", async ({ page }) => {
  await open(page, "admin");
  const form = page.getByRole("region", { name: "API keys" }).locator("form");
  await form.getByLabel("Name").fill("campaign");
  await form.getByLabel("Last day").fill("2030-01-31");
  await form.getByRole("button", { name: /Make a key/ }).click();
  await expect(page.getByText("The secret, shown this once")).toBeVisible(PATIENCE);
  const { data } = await server.ask<Answer<{ name: string; expires_at: string }[]>>("/api/v1/keys?limit=1000");
  expect(Date.parse(data.find((one) => one.name === "campaign")!.expires_at)).toBe(Date.parse("2030-01-31T23:59:59Z"));
});

test("an experiment's rates with their intervals and its users are drawn as they were each day", async ({ page }) => {
  interface Result {
    variants: { key: string; users: number; conversions: number; rate: number; ci_low: number; ci_high: number }[];
    p_value: number;
  }
  await server.ask("/api/v1/experiments", { id: "checkout_button", name: "Checkout button", variants: [{ key: "control" }, { key: "treatment" }], goal: { event: "purchase" } });
  const asked: string[] = [];
  page.on("request", (request) => request.url().includes("/experiments/") && asked.push(request.url()));
  await open(page, "experiments");
  expect(asked).toEqual([]);
  await page.getByRole("button", { name: "Over time" }).click();
  await expect(page).toHaveURL(/id=checkout_button/);
  const rates = page.getByRole("region", { name: "Checkout button: rate over time" });
  await expect(rates.locator("path.band")).toHaveCount(2, PATIENCE);
  await expect(page.getByRole("region", { name: "Checkout button: users over time" }).locator("path.line:not(.open)")).toHaveCount(2);
  expect(await axeViolations(page)).toEqual([]);
  await rates.getByRole("button", { name: "Table", exact: true }).click();
  const rows = page.getByLabel("Checkout button: rate over time as a table").locator("tbody tr");
  await expect(rows).toHaveCount(10);
  const then = (await server.ask<Answer<Result>>(`/experiments/checkout_button?to=${day(15)}`)).data;
  const now = (await server.ask<Answer<Result>>("/experiments/checkout_button")).data;
  const cells = ({ variants, p_value }: Result): string[] => [...variants.flatMap((arm) => [arm.users, arm.conversions, arm.rate, arm.ci_low, arm.ci_high]), p_value].map(String);
  await expect(rows.filter({ hasText: day(15) }).locator("td")).toHaveText([day(15), ...cells(then), /./]);
  await expect(rows.last().locator("td")).toHaveText([day(0), ...cells(now), /./]);
  expect(then.variants[0]!.users).toBeLessThan(now.variants[0]!.users);
  await page.getByRole("button", { name: "Over time" }).click();
  await expect(rates).toHaveCount(0);
});

test("an experiment is defined with its split and threshold, and says what exposes users", async ({ page }) => {
  await open(page, "experiments");
  await page.getByRole("button", { name: "New experiment" }).click();
  await page.getByLabel("Id, as events carry it").fill("banner-split");
  await page.getByLabel("Variants, the control first").fill("control:3, treatment");
  await page.getByLabel("Threshold of p").fill("0.01");
  await page.getByRole("button", { name: "Define" }).click();
  const panel = page.getByRole("region", { name: "banner-split", exact: true });
  await expect(panel.locator("code")).toContainText('"experiment_id":"banner-split","variant":"control"', PATIENCE);
  const { data } = await server.ask<Answer<{ variants: object[]; threshold: number }>>("/api/v1/experiments/banner-split");
  expect(data).toMatchObject({ threshold: 0.01, variants: [{ key: "control", weight: 3 }, { key: "treatment", weight: 1 }] });
  await server.ask("/track", { event: "page_view", user_id: "only-one", experiment_id: "banner-split", variant: "control" });
  await expect(async () => {
    await page.keyboard.press("r");
    await expect(panel.getByText("No p yet: each variant needs 5 users who converted and 5 who did not.")).toBeVisible({ timeout: 1000 });
  }).toPass(PATIENCE);
});

test("a question that takes long says so and can be cancelled", async ({ page }) => {
  await page.route("**/api/v1/query/trends", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 25_000));
    await route.continue().catch(() => undefined); // the page gave it up
  });
  await page.goto(`${server.url}/p/default/trends`);
  await page.getByRole("button", { name: "Cancel" }).click(PATIENCE);
  await expect(page.getByText("Cancelled.")).toBeVisible();
  await page.unroute("**/api/v1/query/trends");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator("[data-total=A]")).toBeVisible(PATIENCE);
});

test("the page asks again by itself, unless that is switched off", async ({ page }) => {
  await page.clock.install();
  await open(page, "trends");
  let asked = 0;
  page.on("request", (request) => (asked += request.url().endsWith("/query/trends") ? 1 : 0));
  await page.clock.fastForward(70_000);
  await expect.poll(() => asked, PATIENCE).toBeGreaterThan(0);
  await settled(page);
  await page.getByLabel("Refresh by itself").selectOption({ label: "off" });
  const before = asked;
  await page.clock.fastForward(200_000);
  await page.waitForTimeout(300);
  expect(asked).toBe(before);
});

test("pipeline health tells what is going on, and why events were rejected", async ({ page }) => {
  for (let i = 0; i < 3; ++i) await fetch(`${server.url}/track`, { method: "POST", body: '{"event":"nobody"}' });
  await fetch(`${server.url}/track`, { method: "POST", body: '{"event":7,"user_id":"u"}' });
  const inQuarantine = async (): Promise<number> => ((await (await fetch(`${server.url}/api/v1/quarantine`)).json()) as Answer<unknown[]>).data.length;
  await expect.poll(inQuarantine, PATIENCE).toBeGreaterThanOrEqual(4);
  await server.ask("/api/v1/query/stickiness", { event: "*" });
  await page.goto(`${server.url}/p/default/pipeline`);
  await expect(page.getByText("Everything works, and everything received is counted.")).toBeVisible(PATIENCE);
  const reasons = page.getByRole("region", { name: "Recent rejections" });
  await expect(reasons.getByRole("row", { name: /missing_field 3/ })).toBeVisible(PATIENCE);
  await expect(reasons.getByRole("row", { name: /invalid_type 1/ })).toBeVisible(PATIENCE);
  await expect(page.getByRole("region", { name: "Key numbers" }).getByText(/^p50 .* · p95 .* · p99 /)).toBeVisible();
  await expect(page.getByRole("row", { name: /\/api\/v1\/query\/stickiness 1 0/ })).toBeVisible();
  const questions = page.getByRole("region", { name: "Questions" });
  await expect(questions.getByRole("listitem").first()).toContainText("0 ms – 5 ms");
  await page.keyboard.press("."); // from here on the page looks no more
  const answered = (await questions.locator("tbody td:nth-child(2)").allTextContents()).map(digits);
  const counted = (await questions.locator("li .number").allTextContents()).map(digits);
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  expect(sum(counted)).toBe(sum(answered));
  await expect(page.getByLabel("Stages").getByText("● ok")).toHaveCount(5, PATIENCE);
  expect(await axeViolations(page)).toEqual([]);
  await reasons.getByRole("link", { name: "invalid_type" }).click();
  await expect(page).toHaveURL(/ledger\?code=invalid_type/);
  const kept = page.getByRole("group", { name: "Quarantine" }).locator("tbody tr");
  await expect(kept).toHaveCount(1, PATIENCE);
  await expect(kept).toContainText("invalid_type");
  await page.getByLabel("Reason").selectOption("all");
  await expect(kept).toHaveCount(4, PATIENCE);
});

test("a series can be taken from a breakdown of two", async ({ page }) => {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  await open(page, "trends?e=page_view|purchase&b=country");
  await page.getByRole("button", { name: "Remove B" }).click();
  await settled(page);
  await expect(page.locator("[data-total=A]")).toHaveCount(8);
  expect(problems).toEqual([]);
});

test("pipeline health goes back as far as the page has looked, and all its charts show one moment", async ({ page }) => {
  await page.goto(`${server.url}/p/default/pipeline`);
  const numbers = page.getByRole("region", { name: "Key numbers" });
  await page.getByLabel("every").selectOption("1");
  const moment = page.getByRole("slider", { name: "Moment" });
  await expect.poll(async () => Number(await moment.getAttribute("max")), PATIENCE).toBeGreaterThan(3);
  await page.keyboard.press(".");
  expect(await axeViolations(page)).toEqual([]);
  await expect(page.locator("[data-moment]")).toContainText("now; the first look was");
  await moment.focus();
  await page.keyboard.press("Home");
  await expect(page.locator("[data-moment]")).not.toContainText("now;");
  await expect(numbers.locator("strong").first()).toHaveText("–"); // no rate before the first look
  await page.keyboard.press("ArrowRight");
  await expect(numbers.locator("strong").first()).toHaveText("0");
  const lines = numbers.locator("svg path[stroke='var(--line-strong)']");
  await expect(lines).toHaveCount(6);
  await numbers.locator("svg").first().hover({ position: { x: 60, y: 10 } });
  await expect(lines).toHaveCount(6);
  await expect(numbers.locator("svg path[stroke='var(--warn)']")).toHaveCount(2);
  await page.getByLabel("The last").selectOption("24 h");
  await expect(page).toHaveURL(/w=24h/);
});

test("columns of an answer are as wide as somebody wants, by mouse and by keys", async ({ page }) => {
  await open(page, `sql?q=${encodeURIComponent("SELECT 1 AS narrow, repeat('wide ', 60) AS long")}`);
  await page.getByRole("button", { name: "Run" }).click();
  const grip = page.getByRole("separator", { name: "Width of long" });
  await expect(grip).toBeVisible(PATIENCE);
  const width = async (): Promise<number> => (await page.getByRole("columnheader", { name: /^long/ }).boundingBox())!.width;
  const before = await width();
  const box = (await grip.boundingBox())!;
  await page.mouse.move(box.x + 12, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x - 88, box.y + 8, { steps: 4 });
  await page.mouse.up();
  await expect.poll(width).toBeCloseTo(before - 100, -1);
  await grip.focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(width).toBeCloseTo(before - 84, -1);
  await expect(grip).toHaveAttribute("aria-valuenow", String(Math.round(await width())));
  expect(await axeViolations(page)).toEqual([]);
  await page.keyboard.press("Home");
  await expect.poll(width).toBeCloseTo(before, -1);
});

test("a page says what it leaves out of the address, and when there is no mean yet", async ({ page }) => {
  await fetch(`${server.url}/track`, { method: "POST", body: '{"event":"just_begun","user_id":"u-first"}' });
  await open(page, "retention?g=day&s=just_begun&e=just_begun&c=prev");
  await expect(page.getByRole("note")).toContainText(`No day behind the first is over yet: the first number of the mean is there on ${day(-2)}`, PATIENCE);
  await expect(page.locator("header").getByText("The comparison is not used here.")).toBeVisible();
  await open(page, "trends?c=prev&f=country:eq:DE");
  await expect(page.locator("header").getByText("not used here")).toBeHidden();
  await open(page, "sql?f=country:eq:DE");
  await expect(page.locator("header").getByText("The filter is not used here.")).toBeVisible();
});
