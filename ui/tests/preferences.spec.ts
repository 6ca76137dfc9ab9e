// What somebody wants on this browser: kept there, and there before anything is drawn.
import { expect, test, type Page } from "@playwright/test";

import { axeViolations, Server } from "./server";

const PATIENCE = { timeout: 30_000 };
const server = new Server();

test.beforeAll(async () => {
  server.loadShop(20_000);
  await server.start();
});
test.afterAll(() => server.remove());

async function open(page: Page, address: string): Promise<void> {
  await page.goto(`${server.url}/p/default/${address}`);
  await expect(page.locator("main [aria-busy=true], main .skeleton")).toHaveCount(0, PATIENCE);
}
async function prefer(page: Page, label: string, choice: string): Promise<void> {
  await page.getByRole("button", { name: "Preferences" }).click();
  await page.getByRole("dialog").getByLabel(label).selectOption({ label: choice });
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
}

test("preferences are a dialog without violations of WCAG", async ({ page }) => {
  await open(page, "saved");
  await page.getByRole("button", { name: "Preferences" }).click();
  for (const theme of ["Light", "Dark"]) {
    await page.getByRole("dialog").getByLabel("Theme").selectOption({ label: theme });
    await expect(page.locator("html")).toHaveAttribute("data-theme", theme.toLowerCase());
    expect(await axeViolations(page)).toEqual([]);
  }
});

test("compact rows are compact from the first thing drawn", async ({ page }) => {
  await open(page, "paths");
  const height = async (): Promise<number> => (await page.locator("tbody tr").first().boundingBox())!.height;
  const comfortable = await height();
  await prefer(page, "Rows", "Compact");
  expect(await height()).toBeLessThan(comfortable);
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector("main")) return;
      document.documentElement.dataset["first"] = document.documentElement.dataset["density"] ?? "";
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-first", "compact");
  await expect(page.locator("main [aria-busy=true], main .skeleton")).toHaveCount(0, PATIENCE);
  expect(await axeViolations(page)).toEqual([]);
});

test("numbers are exact or short", async ({ page }) => {
  await open(page, "overview?r=90d");
  const events = page.locator("[data-kpi=events]");
  await expect(events).toHaveText(/^\d{2},\d{3}$/);
  const exact = Number((await events.textContent())!.replace(",", ""));
  await prefer(page, "Numbers", "Short: 1.2M");
  await expect(events).toHaveText(new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 }).format(exact));
  await page.reload();
  await expect(events).toHaveText(/K$/, PATIENCE);
});

test("areas and bars have patterns for those who want them, or need them", async ({ page }) => {
  await open(page, "trends?b=source&vw=bars&g=week");
  const bars = page.locator("svg[role=application] rect[fill]:not(pattern rect)");
  await expect(bars.first()).toHaveAttribute("fill", /^var/);
  await page.getByRole("button", { name: "Preferences" }).click();
  await page.getByLabel("Patterns in areas and bars").check();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  const filled = await bars.first().getAttribute("fill");
  expect(filled).toMatch(/^url\(#.*-1\)$/);
  await expect(page.locator(`pattern[id="${filled!.slice(5, -1)}"]`)).toHaveCount(1);
  await page.getByRole("button", { name: "Preferences" }).click();
  await page.evaluate(() => localStorage.clear());
  await page.emulateMedia({ contrast: "more" });
  await page.reload();
  await expect(bars.first()).toHaveAttribute("fill", /^url/, PATIENCE);
});

test("the overview shows the key numbers that somebody chose, in their order, and who is there now", async ({ page }) => {
  const shown = () => page.locator("[data-kpi]").evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset["kpi"]));
  await open(page, "overview");
  expect(await shown()).toEqual(["users", "events", "sessions", "conversion", "revenue"]);
  await expect(page.locator("[data-online]")).toHaveText("○ 0 online, last 5 min");
  await server.ask("/v1/events", ["u-1", "u-2", "u-2"].map((user_id) => ({ event: "page_view", user_id, status: "failed" })));
  await expect(async () => {
    await page.keyboard.press("r");
    await expect(page.locator("[data-online]")).toHaveText("● 2 online, last 5 min", { timeout: 2000 });
  }).toPass(PATIENCE);

  // By the keyboard alone: one more, forward, and another one away.
  await page.getByText("Choose numbers").focus();
  await page.keyboard.press("Enter");
  expect(await axeViolations(page)).toEqual([]);
  await page.getByLabel("Error rate").focus();
  await page.keyboard.press("Space");
  const forward = page.getByRole("button", { name: "Move Error rate forward" });
  await forward.focus();
  for (let i = 0; i < 5; ++i) await page.keyboard.press("Enter");
  await expect(forward).toBeFocused();
  await expect(page.getByLabel("Orders")).toBeDisabled();
  await page.getByRole("checkbox", { name: "Sessions" }).uncheck();
  expect(await shown()).toEqual(["errors", "users", "events", "conversion", "revenue"]);
  await page.reload();
  await expect(page.locator("[data-kpi=errors]")).toHaveText(/^\d+\.\d%$/, PATIENCE);
  expect(await shown()).toEqual(["errors", "users", "events", "conversion", "revenue"]);

  // The first one is charted; a link to another one shows it, even where it is not chosen.
  await expect(page.getByRole("heading", { name: "Error rate" })).toBeVisible();
  await page.getByRole("link", { name: "Open in Trends" }).click();
  await expect(page).toHaveURL(/x=A/);
  await expect(page.locator("[data-total='A / B']")).toBeVisible(PATIENCE);
  await open(page, "overview?kpi=sessions");
  await expect(page.getByRole("heading", { name: "Sessions" })).toBeVisible();
});
