// Each page in both themes, with the same sample shop at the same moment, looks as in docs/img; `make pictures` takes those anew.
import { expect, test } from "@playwright/test";

import { Server } from "./server";

const NOW = "2026-11-20T14:00:00Z"; // a Friday
const PAGES = {
  overview: "?c=prev", live: "", trends: "?c=prev&e=page_view~unique_users|add_to_cart~unique_users", funnel: "?b=country", retention: "?pin=2026-10-12", revenue: "", experiments: "", paths: "",
  sql: "", saved: "", dashboards: "", pipeline: "", ledger: "", admin: "",
};
/** The share of the pixels that may differ: how long answers took is written on some pages. */
const MOST_OTHER = 0.02;
const server = new Server(NOW);

test.beforeAll(async () => {
  server.loadShop(60_000);
  await server.start();
  for (const [id, name] of [["checkout_button", "Checkout button"], ["homepage_banner", "Homepage banner"]]) {
    await server.ask("/api/v1/experiments", { id, name, variants: [{ key: "control" }, { key: "treatment" }], goal: { event: "purchase" } });
  }
  await server.ask("/api/v1/annotations", { text: "New checkout", at: "2026-11-09" });
  await server.ask("/api/v1/questions", { name: "Views and orders", page: "trends", search: "e=page_view~unique_users|purchase~unique_users" });
  await server.ask("/api/v1/questions", { name: "From view to order", page: "funnel", search: "steps=product_view,add_to_cart,checkout,purchase" });
  await server.ask("/api/v1/dashboards", { name: "Monday", panels: [1, 2] });
  await fetch(`${server.url}/track`, { method: "POST", body: '{"user_id":"u-001"}' }); // something for the quarantine
});
test.afterAll(() => server.remove());

test.use({ viewport: { width: 1280, height: 860 }, locale: "en-US", timezoneId: "UTC" });
for (const [name, search] of Object.entries(PAGES)) {
  test(`${name} looks as in its pictures`, async ({ page }) => {
    await page.clock.setFixedTime(NOW); // what was answered was answered now, however busy the machine is
    await page.goto(`${server.url}/p/default/${name}${search}`);
    await expect(page.locator("main [aria-busy=true], main .skeleton")).toHaveCount(0);
    if (name === "sql") {
      await page.getByRole("button", { name: "Run" }).click();
      await page.locator("[data-rows]").waitFor();
    }
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await expect.soft(page).toHaveScreenshot(`${name}-${colorScheme}.png`, { maxDiffPixelRatio: MOST_OTHER });
    }
  });
}
