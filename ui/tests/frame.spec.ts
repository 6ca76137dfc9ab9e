// What stands around every page, and what remains of a page when a part of it fails.
import { expect, test } from "@playwright/test";

import { Server } from "./server";

const server = new Server();

test.beforeAll(async () => {
  server.loadShop(5_000);
  await server.start();
});
test.afterAll(() => server.remove());

test("the frame is seen in the chosen look before any script of the page ran", async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem("spectrum.theme", "dark"));
  await page.route(/\/assets\/index-.*\.js/, (route) => route.abort());
  await page.goto(`${server.url}/p/default/trends`);
  await expect(page.getByRole("navigation").getByText("Pipeline health")).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.unroute(/\/assets\/index-.*\.js/);
  await page.reload();
  await expect(page.getByRole("navigation")).toHaveCount(1);
  await expect(page.getByRole("link", { name: "Trends" })).toHaveAttribute("aria-current", "page");
});

test("the first number needs few requests, and nothing that is drawn jumps", async ({ page }) => {
  await page.addInitScript(() => {
    const seen = { jumped: 0, firstNumber: Infinity };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) seen.jumped += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    const look = (): void => {
      if (/^[\d,]+$/.test(document.querySelector("[data-kpi=users]")?.textContent ?? "")) seen.firstNumber = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(`${server.url}/p/default/overview`);
  await expect(page.locator("[data-kpi=users]")).toHaveText(/^[\d,]+$/);
  await expect(page.locator("main .skeleton, main [aria-busy=true]")).toHaveCount(0);
  const { jumped, asked } = await page.evaluate(() => {
    const seen = (globalThis as unknown as { seen: { jumped: number; firstNumber: number } }).seen;
    const before = performance.getEntriesByType("resource").filter((entry) => entry.startTime < seen.firstNumber);
    return { jumped: seen.jumped, asked: before.map((entry) => new URL(entry.name).pathname) };
  });
  expect(asked.filter((path) => /\.(js|css)$/.test(path) && !/NewVersion|OverviewBar/.test(path)).length, asked.join("\n")).toBeLessThanOrEqual(4);
  expect(asked.filter((path) => path.startsWith("/api/")).length, asked.join("\n")).toBeLessThanOrEqual(7);
  expect(jumped).toBeLessThanOrEqual(0.1);
});

test("a question that fails leaves the other panels", async ({ page }) => {
  await page.route("**/api/v1/query/trends", async (route) => {
    if (route.request().postData()?.includes("event_type")) await route.fulfill({ status: 500, json: { error: { code: "internal", message: "out of luck", request_id: "r-1" } } });
    else await route.continue();
  });
  await page.goto(`${server.url}/p/default/overview`);
  await expect(page.getByText("This panel could not load.")).toBeVisible();
  await expect(page.locator("[data-kpi=users]")).toHaveText(/^[\d,]+$/);
  await expect(page.locator("[data-kpi=conversion]")).toHaveText("–");
  await expect(page.locator("main .skeleton")).toHaveCount(0);
});
