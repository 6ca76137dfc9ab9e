// What is saved: questions, dashboards of them, annotations; and what happens when two people change the same.
import { readFileSync } from "node:fs";

import { expect, test, type Page } from "@playwright/test";

import { axeViolations, Server } from "./server";

const PATIENCE = { timeout: 30_000 };
const server = new Server();

test.beforeAll(async () => {
  server.loadShop(5_000);
  await server.start();
});
test.afterAll(() => server.remove());

async function open(page: Page, address: string): Promise<void> {
  await page.goto(`${server.url}/p/default/${address}`);
  await expect(page.locator("main [aria-busy=true], main .skeleton")).toHaveCount(0, PATIENCE);
}
async function save(page: Page, name: string): Promise<void> {
  await page.locator(".top summary", { hasText: "Save" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Save this question" }).click();
  await expect(page.getByText(`Saved as ${name}.`)).toBeVisible(PATIENCE);
}
const items = async (kind: string): Promise<{ id: number; version: number; name: string; search: string }[]> => (await server.ask<{ data: { id: number; version: number; name: string; search: string }[] }>(`/api/v1/${kind}`)).data;

test("a question is saved, found again, renamed and deleted", async ({ page }) => {
  await open(page, "trends?e=purchase&r=7d");
  await save(page, "Purchases");
  await page.getByRole("link", { name: "Show all" }).click();
  await page.getByRole("link", { name: "Purchases" }).click();
  await expect(page).toHaveURL(/\/trends\?.*e=purchase/);
  await expect(page).toHaveURL(/r=7d/);
  await open(page, "saved");
  await page.getByRole("button", { name: "Rename Purchases" }).click();
  await page.getByLabel("New name").fill("Orders");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: "Orders" })).toBeVisible(PATIENCE);
  await page.getByRole("button", { name: "Delete Orders" }).click();
  await expect(page.getByText("Nothing is saved yet")).toBeVisible(PATIENCE);
});

test("what a page chose by itself and a draft are saved, too", async ({ page }) => {
  await open(page, "funnel");
  await save(page, "Shop funnel");
  expect((await items("questions")).at(-1)!.search).toContain("steps=product_view");
  await open(page, "sql");
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("SELECT 4711");
  await save(page, "Number");
  expect((await items("questions")).at(-1)!.search).toBe("q=SELECT+4711");
});

test("a saved query of SQL that is changed and saved again is the changed one", async ({ page }) => {
  await open(page, "sql?q=SELECT+1");
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("SELECT 2");
  await save(page, "Two");
  expect((await items("questions")).at(-1)!.search).toBe("q=SELECT+2");
});

interface Dashboard {
  id: number;
  version: number;
  name: string;
  panels: (number | { question: number; width: number; height: number; range?: string })[];
}
const saved = async (id: number): Promise<Dashboard> => (await server.ask<{ data: Dashboard }>(`/api/v1/dashboards/${id}`)).data;
const question = async (name: string, at: string, search: string): Promise<number> => (await server.ask<{ data: { id: number } }>("/api/v1/questions", { name, page: at, search })).data.id;
const dashboard = async (name: string, panels: Dashboard["panels"]): Promise<number> => (await server.ask<{ data: Dashboard }>("/api/v1/dashboards", { name, panels })).data.id;

test("saved queries are beside the editor, and columns have their types", async ({ page }) => {
  await server.ask("/api/v1/questions", { name: "How many", page: "sql", search: `q=${encodeURIComponent("SELECT 41 + 1 AS answer")}&draw=number~0~0~-1` });
  await page.goto(`${server.url}/p/default/sql`);
  const beside = page.getByRole("complementary", { name: "Tables" });
  await expect(beside.getByRole("button", { name: /^occurred_at timestamp/ })).toBeVisible(PATIENCE);
  await beside.getByRole("button", { name: "How many" }).click();
  await expect(page.locator(".cm-content")).toContainText("SELECT 41 + 1", PATIENCE);
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.getByText("42", { exact: true })).toBeVisible(PATIENCE);
});

test("a dashboard shows saved questions over one range, in an order that is kept", async ({ page }) => {
  await open(page, "trends?e=page_view");
  await save(page, "Views");
  await open(page, "retention");
  await save(page, "Weekly");
  await open(page, "dashboards");
  await page.getByLabel("Name of a new dashboard").fill("Monday");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByText("No panels yet")).toBeVisible(PATIENCE);
  await page.getByLabel("Add a panel").selectOption({ label: "Views" });
  await expect(page.getByRole("heading", { name: "Views" })).toBeVisible(PATIENCE);
  await page.getByLabel("Add a panel").selectOption({ label: "Weekly" });
  await expect(page.locator("main h2")).toContainText(["Views", "Weekly"], PATIENCE);
  await page.getByLabel("Weekly: arrange").click();
  await page.getByRole("button", { name: "Move Weekly back" }).click();
  await expect(page.locator("main h2")).toContainText(["Weekly", "Views"], PATIENCE);
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.reload();
  await expect(page.locator("main h2")).toContainText(["Weekly", "Views"], PATIENCE);
  await expect(page.locator("main svg[role=application]")).toBeVisible(PATIENCE);
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    expect(await axeViolations(page)).toEqual([]);
  }
  await page.getByLabel("Weekly: arrange").click();
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole("button", { name: "Remove Weekly" }).click();
  await expect(page.locator("main h2")).toHaveText(["Views"], PATIENCE);
  await page.getByLabel("Views: arrange").click();
  await page.getByRole("button", { name: "Open Views" }).click();
  await expect(page).toHaveURL(/\/trends\?.*e=page_view/);
});

test("panels are moved and resized by mouse, by keys and by a menu, and every change can be undone", async ({ page }) => {
  const questions = [await question("First", "trends", ""), await question("Second", "trends", "e=purchase"), await question("Third", "trends", "e=page_view")];
  const id = await dashboard("Grid", questions);
  const order = async (): Promise<number[]> => (await saved(id)).panels.map((one) => (typeof one === "number" ? one : one.question));
  const sizeOf = async (i: number): Promise<[number, number]> => {
    const one = (await saved(id)).panels[i]!;
    return typeof one === "number" ? [6, 4] : [one.width, one.height];
  };
  await open(page, `dashboards?d=${id}`);
  const [first, second, third] = questions as [number, number, number];
  const handle = (name: string) => page.getByRole("button", { name: `Move ${name} by dragging` });
  const centre = async (name: string): Promise<[number, number]> => {
    const box = (await page.locator(".panel", { has: page.getByRole("heading", { name }) }).boundingBox())!;
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  await handle("First").hover();
  await page.mouse.down();
  await page.mouse.move(...(await centre("Second")), { steps: 4 });
  await page.mouse.up();
  await expect.poll(order, PATIENCE).toEqual([second, first, third]);

  await handle("Third").press("ArrowLeft");
  await expect(page.getByText("Third is panel 2 of 3.")).toBeVisible();
  await expect.poll(order, PATIENCE).toEqual([second, third, first]);
  await page.keyboard.press("ArrowRight");
  await expect.poll(order, PATIENCE).toEqual([second, first, third]);
  await page.keyboard.press("ArrowLeft");
  await expect.poll(order, PATIENCE).toEqual([second, third, first]);

  const corner = page.getByRole("button", { name: "Size of Second" });
  const grid = (await page.locator(".grid").first().boundingBox())!;
  await corner.hover();
  await page.mouse.down();
  await page.mouse.move(grid.x + grid.width - 20, grid.y + 5 * 96 - 20, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => sizeOf(0), PATIENCE).toEqual([12, 5]);
  for (let i = 0; i < 4; i++) await corner.press("ArrowLeft"); // each comes while an earlier one is being saved
  await corner.press("ArrowUp");
  await expect.poll(() => sizeOf(0), PATIENCE).toEqual([8, 4]);
  await page.getByLabel("Second: arrange").click();
  await page.getByRole("button", { name: "Make Second wider" }).click();
  await expect.poll(() => sizeOf(0), PATIENCE).toEqual([9, 4]);
  expect((await page.locator("[data-panel='0']").boundingBox())!.width / grid.width).toBeCloseTo(0.75, 1);

  const undo = page.getByRole("button", { name: "Undo" });
  for (let i = 0; i < 7; i++) await undo.click(); // the sizes
  await expect.poll(() => sizeOf(0), PATIENCE).toEqual([6, 4]);
  await expect.poll(order, PATIENCE).toEqual([second, third, first]);
  await page.locator("main").focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press("Control+z"); // the moves
  await expect.poll(order, PATIENCE).toEqual([first, second, third]);
  await expect(undo).toBeDisabled();
});

test("an arrangement that comes too late overwrites nothing", async ({ page }) => {
  const one = await question("Alone", "trends", "");
  const id = await dashboard("Shared", [one]);
  await open(page, `dashboards?d=${id}`);
  const theirs = await fetch(`${server.url}/api/v1/dashboards/${id}`, { method: "PUT", headers: { "If-Match": '"1"' }, body: JSON.stringify({ name: "Shared, renamed", panels: [{ question: one, width: 3, height: 2 }] }) });
  expect(theirs.status).toBe(200);
  await page.getByRole("button", { name: "Size of Alone" }).press("ArrowRight");
  await expect(page.getByText("This was changed meanwhile")).toBeVisible(PATIENCE);
  await expect(page.getByRole("definition")).toHaveText(["Shared, renamed: Alone (3 × 2)", "Shared: Alone (7 × 4)"]);
  expect(await axeViolations(page)).toEqual([]);
  expect((await saved(id)).version).toBe(2);
  await expect(page.getByRole("button", { name: "Undo" })).toBeDisabled();
  await page.getByRole("button", { name: "Save yours" }).click();
  await expect.poll(async () => (await saved(id)).panels, PATIENCE).toEqual([{ question: one, width: 7, height: 4 }]);
});

test("a panel may keep a range of its own, and says so", async ({ page }) => {
  const id = await dashboard("Pinned", [await question("Orders", "trends", "e=purchase")]);
  await open(page, `dashboards?d=${id}&r=30d`);
  await page.getByLabel("Orders: arrange").click();
  await page.getByLabel("Range of Orders").selectOption("7d");
  await expect(page.getByText("Last 7 days, a range of its own")).toBeVisible();
  await page.getByLabel("Orders: arrange").click();
  await page.getByRole("button", { name: "Table", exact: true }).click();
  await expect(page.getByRole("group", { name: "Orders as a table" }).locator("tbody tr")).toHaveCount(7, PATIENCE);
  await page.locator("main").focus();
  await page.keyboard.press("5");
  await expect(page).toHaveURL(/r=90d/);
  await expect(page.locator("main [aria-busy=true]")).toHaveCount(0, PATIENCE);
  await expect(page.getByRole("group", { name: "Orders as a table" }).locator("tbody tr")).toHaveCount(7);
});

test("paths, revenue and SQL are drawn in their panels", async ({ page }) => {
  const id = await dashboard("All kinds", [
    await question("Ways", "paths", "n=3"),
    await question("Income", "revenue", "rf=refund"),
    await question("Kinds of events", "sql", new URLSearchParams({ q: "SELECT event_type, count(*) AS events FROM fact_events GROUP BY 1", draw: "bars~0~1~-1" }).toString()),
    await question("Rows", "sql", new URLSearchParams({ q: "SELECT 4711 AS answer, {{from}} AS beginning", draw: "table~0~0~-1" }).toString()),
  ]);
  await open(page, `dashboards?d=${id}&r=2026-01-01..2026-01-31`);
  await expect(page.getByRole("region", { name: "Rows" }).locator("tbody")).toContainText("2026-01-01", PATIENCE);
  await open(page, `dashboards?d=${id}`);
  const { data } = await server.ask<{ data: { paths: { users: number }[] } }>("/api/v1/query/paths", { steps: 3, within: "30m", limit: 30 });
  const people = page.getByRole("region", { name: "Ways" }).locator("tbody button").first();
  await expect(people).toHaveText(data.paths[0]!.users.toLocaleString("en-US"));
  await people.click();
  await expect(page.getByRole("dialog").getByText(`${data.paths[0]!.users.toLocaleString("en-US")} people`)).toBeVisible(PATIENCE);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("region", { name: "Income" }).getByRole("application")).toBeVisible();
  await expect(page.getByRole("region", { name: "Kinds of events" }).locator("svg rect[fill]").first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Rows" })).toContainText("4711");
  expect(await axeViolations(page)).toEqual([]);
});

test("a dashboard is a file, in another project, too; one that is wrong is refused with its place", async ({ page }) => {
  const id = await dashboard("Portable", [{ question: await question("Portable views", "trends", "e=page_view"), width: 12, height: 3, range: "7d" }]);
  await open(page, `dashboards?d=${id}`);
  const download = page.waitForEvent("download");
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("button", { name: "Save as JSON" }).last().click();
  const path = (await (await download).path())!;
  await server.ask("/api/v1/projects", { id: "other" });
  await page.goto(`${server.url}/p/other/dashboards`);
  await expect(page.getByText("Name one to begin")).toBeVisible(PATIENCE);
  const field = page.locator("input[type=file]");
  const text = readFileSync(path, "utf8");
  await field.setInputFiles({ name: "wrong.json", mimeType: "application/json", buffer: Buffer.from(text.replace('"trends"', '"live"').replace("12", "13")) });
  await expect(page.getByRole("alert")).toContainText("/panels/0/width must be an integer from 1 to 12");
  await expect(page.getByRole("alert")).toContainText("/panels/0/question/page must be one of trends, funnel");
  expect(await axeViolations(page)).toEqual([]);
  await field.setInputFiles(path);
  await expect(page.getByRole("heading", { name: "Portable views" })).toBeVisible(PATIENCE);
  const made = await server.ask<{ data: Dashboard[] }>("/api/v1/dashboards", undefined, { "X-Project": "other" });
  expect(made.data).toMatchObject([{ name: "Portable", panels: [{ width: 12, height: 3, range: "7d" }] }]);
});

test("a dashboard fills the screen", async ({ page }) => {
  const id = await dashboard("Wall", [await question("On the wall", "trends", "")]);
  await open(page, `dashboards?d=${id}`);
  await page.locator("main").focus();
  await page.keyboard.press("Shift+F");
  await expect.poll(() => page.evaluate(() => document.fullscreenElement?.id)).toBe("main");
  await page.locator("main svg[role=application]").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible(PATIENCE);
});

test("who comes too late sees both sides and chooses", async ({ page }) => {
  await server.ask("/api/v1/questions", { name: "Ours", page: "trends", search: "" });
  const mine = (await items("questions")).at(-1)!;
  const change = async (name: string, version: number): Promise<void> => {
    const answer = await fetch(`${server.url}/api/v1/questions/${mine.id}`, { method: "PUT", headers: { "If-Match": `"${version}"` }, body: JSON.stringify({ name, page: "trends", search: "" }) });
    expect(answer.status).toBe(200);
  };
  await open(page, "saved");
  await page.getByRole("button", { name: "Rename Ours" }).click();
  await change("Theirs", 1);
  await page.getByLabel("New name").fill("Mine");
  await page.keyboard.press("Enter");
  await expect(page.getByText("This was changed meanwhile")).toBeVisible(PATIENCE);
  await expect(page.getByRole("definition")).toHaveText(["Theirs (trends)", "Mine (trends)"]);
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole("button", { name: "Save yours" }).click();
  await expect(page.getByRole("link", { name: "Mine" })).toBeVisible(PATIENCE);
  await page.getByRole("button", { name: "Rename Mine" }).click();
  await change("Theirs again", 3);
  await page.getByLabel("New name").fill("Mine again");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Keep theirs" }).click();
  await expect(page.getByRole("link", { name: "Theirs again" })).toBeVisible(PATIENCE);
});

test("a chart is annotated at the point of its cursor", async ({ page }) => {
  await open(page, "trends?r=7d");
  await page.getByRole("application").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("n");
  await page.getByLabel("What happened").fill("Version 2 released");
  await page.keyboard.press("Enter");
  const list = page.getByRole("list", { name: "Annotations" });
  await expect(list).toContainText("Version 2 released", PATIENCE);
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  await expect(list).toContainText(yesterday);
  await expect(page.locator(".flag")).toHaveCount(1);
  await open(page, "overview");
  await expect(page.getByRole("list", { name: "Annotations" })).toContainText("Version 2 released", PATIENCE);
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole("button", { name: "Delete annotation Version 2 released" }).click();
  await expect(page.getByRole("list", { name: "Annotations" })).toHaveCount(0, PATIENCE);
});

test("panels show the annotations of the days that they show", async ({ page }) => {
  const at = new Date(Date.now() - 20 * 86_400_000).toISOString().slice(0, 10);
  await server.ask("/api/v1/annotations", { text: "Prices raised", at });
  const views = await question("Views of some days", "trends", "e=page_view");
  const id = await dashboard("Annotated", [{ question: views, width: 12, height: 4 }, { question: await question("Views of more days", "trends", "e=page_view"), width: 12, height: 4, range: "30d" }]);
  await open(page, `dashboards?d=${id}&r=7d`);
  const more = page.getByRole("region", { name: "Views of more days" });
  await expect(more.getByRole("list", { name: "Annotations" })).toContainText(`${at} Prices raised`, PATIENCE);
  await expect(page.getByRole("list", { name: "Annotations" })).toHaveCount(1);
  const box = (await more.getByRole("application").boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.4, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await expect(page.getByRole("dialog")).toBeVisible(PATIENCE); // the people: its range is its own
  expect(page.url()).toContain("r=7d");
});
