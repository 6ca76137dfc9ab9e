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
