// Every key that the sheet of keys lists, pressed at least once.
import { expect, test, type Page } from "@playwright/test";

import { SHORTCUTS } from "../src/lib/keys";
import { PRESETS } from "../src/lib/range";
import { Server } from "./server";

const PATIENCE = { timeout: 30_000 };
const server = new Server();

test.beforeAll(async () => {
  server.loadShop(5_000);
  await server.start();
  await server.ask("/api/v1/dashboards", { name: "Wall", panels: [] });
  await server.ask("/api/v1/questions", { name: "Views", page: "trends", search: "e=page_view" });
});
test.afterAll(() => server.remove());

async function open(page: Page, address: string): Promise<void> {
  await page.goto(`${server.url}/p/default/${address}`);
  await expect(page.locator("main [aria-busy=true], main .skeleton")).toHaveCount(0, PATIENCE);
  await page.locator("main").focus();
}
const palette = (page: Page) => page.getByRole("combobox", { name: /Find a page/ });

const CHECKS: Record<string, (page: Page) => Promise<void>> = {
  "Ctrl K": async (page) => {
    await open(page, "trends");
    await page.keyboard.press("Control+k");
    await expect(palette(page)).toBeFocused();
  },
  D: async (page) => {
    await open(page, "trends");
    await page.keyboard.press("d");
    await expect(page.getByRole("button", { name: "Month to date" })).toBeVisible();
  },
  "← →": async (page) => {
    await open(page, "trends?r=2026-10-08..2026-10-14");
    await page.keyboard.press("ArrowLeft");
    await expect(page).toHaveURL(/r=2026-10-01\.\.2026-10-07/);
    await page.keyboard.press("ArrowRight");
    await expect(page).toHaveURL(/r=2026-10-08\.\.2026-10-14/);
  },
  X: async (page) => {
    await open(page, "trends");
    await page.keyboard.press("x");
    await expect(page).toHaveURL(/c=prev/);
    await page.keyboard.press("x");
    await expect(page).toHaveURL(/c=yoy/);
  },
  F: async (page) => {
    await open(page, "trends");
    await page.keyboard.press("f");
    await expect(page.getByLabel("Property", { exact: true })).toBeFocused();
  },
  "/": async (page) => {
    await open(page, "saved");
    await page.keyboard.press("/");
    await expect(page.getByLabel("Find", { exact: true })).toBeFocused();
    await page.keyboard.type("no such");
    await expect(page.getByText("Nothing is called so.")).toBeVisible();
    await page.getByLabel("Find", { exact: true }).fill("vie");
    await expect(page.getByRole("link", { name: "Views" })).toBeVisible();
    await open(page, "live");
    await page.keyboard.press("/");
    await expect(page.getByLabel("Event", { exact: true })).toBeFocused();
    await open(page, "funnel");
    await page.keyboard.press("/");
    await expect(page.getByLabel("Property", { exact: true })).toBeFocused();
    await open(page, "pipeline");
    await page.keyboard.press("/");
    await expect(palette(page)).toBeFocused();
  },
  I: async (page) => {
    await open(page, "trends?g=day");
    await page.keyboard.press("i");
    await expect(page).toHaveURL(/g=week/);
  },
  B: async (page) => {
    for (const [address, label] of [["trends", "Breakdown"], ["funnel", "Breakdown"], ["retention", "Breakdown"], ["revenue", "Breakdown"], ["overview", "Values of another property"]] as const) {
      await open(page, address);
      await page.keyboard.press("b");
      await expect(page.getByLabel(label), address).toBeFocused();
    }
  },
  V: async (page) => {
    await open(page, "trends");
    await page.keyboard.press("v");
    await expect(page.getByRole("group", { name: "Trends as a table" })).toBeVisible();
    await page.locator("main").focus();
    await page.keyboard.press("v");
    await expect(page.getByRole("application")).toBeVisible();
  },
  E: async (page) => {
    await open(page, "trends");
    await page.keyboard.press("e");
    await expect(page.getByRole("button", { name: "Save as CSV" })).toBeVisible();
  },
  S: async (page) => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await open(page, "trends?r=7d");
    await page.keyboard.press("s");
    await expect(page.getByText("The link to this view is copied.")).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
  },
  R: async (page) => {
    await open(page, "trends");
    const asked = page.waitForRequest(/query\/trends/);
    await page.keyboard.press("r");
    await asked;
  },
  N: async (page) => {
    await open(page, "trends");
    await page.keyboard.press("n");
    await expect(page.getByLabel("What happened")).toBeFocused();
  },
  "0": async (page) => {
    await open(page, "trends");
    const chart = page.getByRole("application");
    await chart.scrollIntoViewIfNeeded();
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 100, { steps: 4 });
    await page.mouse.up();
    await expect(page).toHaveURL(/r=\d{4}-\d\d-\d\d\.\./);
    await page.locator("main").focus();
    await page.keyboard.press("0");
    await expect(page).not.toHaveURL(/r=/);
  },
  ".": async (page) => {
    await open(page, "live");
    await page.keyboard.press(".");
    await expect(page.getByRole("button", { name: /Resume/ })).toBeVisible();
  },
  "Shift F": async (page) => {
    await open(page, "dashboards");
    await expect(page.getByText("No panels yet")).toBeVisible(PATIENCE);
    await page.keyboard.press("Shift+F");
    await expect.poll(() => page.evaluate(() => document.fullscreenElement?.id)).toBe("main");
  },
  "Shift Alt F": async (page) => {
    await page.addInitScript(() => localStorage.setItem("spectrum.sql.tabs", JSON.stringify(["select count(*) as n from fact_events where event_type='a' and occurred_at::date >= {{from}}"])));
    const loaded: string[] = [];
    page.on("request", (request) => /layout/.test(request.url()) && loaded.push(request.url()));
    const lines = page.locator(".cm-line");
    const laidOut = ["SELECT", "  count(*) AS n", "FROM", "  fact_events", "WHERE", "  event_type = 'a'", "  AND occurred_at::date >= {{from}}"];
    await open(page, "sql");
    await expect(lines).toHaveCount(1);
    expect(loaded).toEqual([]);
    await page.keyboard.press("Shift+Alt+F");
    await expect(lines).toHaveText(laidOut);
    await page.locator(".cm-content").press("Control+z");
    await expect(lines).toHaveCount(1);
    await page.locator(".cm-content").press("Shift+Alt+F");
    await expect(lines).toHaveText(laidOut);
    await open(page, "sql");
    await page.keyboard.press("Control+k");
    await palette(page).fill("format query");
    await page.keyboard.press("Enter");
    await expect(lines).toHaveText(laidOut);
    await page.locator(".cm-content").press("Control+a");
    await page.keyboard.insertText("select (");
    await page.getByRole("button", { name: "Format" }).click();
    await expect(page.getByText("This is no SQL that can be formatted")).toBeVisible();
    await expect(lines).toHaveText([/select \(/]);
  },
  Esc: async (page) => {
    await open(page, "trends?f=country:eq:DE");
    await page.keyboard.press("f");
    await page.keyboard.press("Escape");
    await expect(page.getByLabel("Property", { exact: true })).toBeHidden();
    await expect(page.locator(".top summary", { hasText: "Filter" })).toBeFocused();
    await page.keyboard.press("d");
    await page.getByRole("heading", { level: 1 }).click();
    await expect(page.getByRole("button", { name: "Month to date" })).toBeHidden();
    await expect(page).toHaveURL(/f=country/);
    await page.locator("main").focus();
    await page.keyboard.press("Escape");
    await expect(page).not.toHaveURL(/f=/);
  },
};

test("every key of the sheet has a test here, and every test a key of the sheet", () => {
  expect(SHORTCUTS.map(([key]) => key).sort()).toEqual(Object.keys(CHECKS).sort());
});

for (const [key, check] of Object.entries(CHECKS)) test(`${key} does what the sheet says`, ({ page }) => check(page));

test("1 to 6 choose a range", async ({ page }) => {
  await open(page, "trends?r=2026-01-01..2026-01-02");
  for (const { key, range, label } of PRESETS) {
    await page.keyboard.press(key);
    await expect(page.locator(".top summary", { hasText: label })).toBeVisible();
    if (range === "30d") await expect(page).not.toHaveURL(/r=/); // what is usual is not in the address
    else await expect(page).toHaveURL(new RegExp(`r=${range}`));
  }
});

test("G and a letter lead to every page, as the sheet lists them", async ({ page }) => {
  await open(page, "overview");
  await page.keyboard.press("?");
  const list = page.locator("dialog[open] dl");
  await expect(list).toBeVisible();
  const entries = await list.locator("dt").evaluateAll((terms) => terms.map((term) => [term.textContent!.trim(), term.nextElementSibling!.textContent!.trim()]));
  await page.keyboard.press("Escape");
  const pages = entries.filter(([keys]) => /^G \S$/.test(keys!));
  expect(pages).toHaveLength(14);
  expect(entries.length).toBe(pages.length + SHORTCUTS.length + PRESETS.length);
  for (const [keys, title] of pages) {
    await page.locator("main").focus();
    await page.keyboard.press("g");
    await page.keyboard.press(keys!.at(-1)!.toLowerCase());
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(title!);
  }
});
