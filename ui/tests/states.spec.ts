// What a page shows while it waits, when there is nothing, and when the server refuses or is away.
import { expect, test, type Page, type Route } from "@playwright/test";

import { axeViolations, Server } from "./server";

const PATIENCE = { timeout: 30_000 };
const server = new Server();
/** What each page asks first. */
const ASKS: Record<string, RegExp> = {
  overview: /\/api\/v1\/query\/trends/,
  live: /\/api\/v1\/query\/events/,
  trends: /\/api\/v1\/query\/trends/,
  funnel: /\/api\/v1\/query\/funnel/,
  retention: /\/api\/v1\/query\/retention/,
  revenue: /\/api\/v1\/query\/revenue/,
  experiments: /:\d+\/experiments$/,
  paths: /\/api\/v1\/query\/paths/,
  saved: /\/api\/v1\/questions/,
  dashboards: /\/api\/v1\/dashboards/,
  pipeline: /\/api\/v1\/health/,
  ledger: /\/api\/v1\/ledger/,
  admin: /\/api\/v1\/keys/,
};

test.beforeAll(async () => {
  server.loadShop(5_000);
  await server.start();
});
test.afterAll(() => server.remove());

const at = (name: string, search = ""): string => `${server.url}/p/default/${name}${search}`;
const refusal = (status: number, code: string, message: string, more: { pointer?: string; headers?: Record<string, string> } = {}) => ({
  status,
  headers: more.headers ?? {},
  json: { error: { code, message, pointer: more.pointer ?? "", request_id: "r-4711" } },
});
async function settled(page: Page): Promise<void> {
  await expect(page.locator("main [aria-busy=true], main .skeleton")).toHaveCount(0, PATIENCE);
}

for (const [name, asks] of Object.entries(ASKS)) {
  test(`${name} says what the server refuses, and goes on when it answers again`, async ({ page }) => {
    let answer: ((route: Route) => Promise<void>) | null = null;
    const refuse = (...options: Parameters<typeof refusal>) => {
      answer = (route) => route.fulfill(refusal(...options));
    };
    await page.route(asks, (route) => (answer ? answer(route) : route.continue()));
    refuse(400, "invalid_request", "must be one of day, week", { pointer: "/interval" });
    await page.goto(at(name));
    const alert = page.locator("main [role=alert]").first();
    await expect(alert).toContainText("/interval must be one of day, week", PATIENCE);
    expect(await axeViolations(page)).toEqual([]);
    const again = async (words: string | RegExp): Promise<void> => {
      await page.locator("main").getByRole("button", { name: /Try again|Retry now/ }).first().click();
      await expect(alert).toContainText(words, PATIENCE);
    };
    refuse(403, "forbidden", "this key has not the scope read");
    await again(/has not the scope read\. Who administers this server/);
    refuse(404, "not_found", "there is no such thing");
    await again("there is no such thing");
    refuse(500, "internal_error", "stack of secrets");
    await again("This panel could not load.");
    await expect(alert).toContainText("request r-4711");
    await expect(page.getByText("stack of secrets")).toHaveCount(0);
    answer = null;
    if (name === "live") await page.getByRole("button", { name: "Try again" }).click();
    else await page.locator(".top").getByRole("button", { name: /^Refresh/ }).click();
    await expect(page.locator("main [role=alert]")).toHaveCount(0, PATIENCE);
    refuse(401, "unauthorized", "a key is needed");
    await page.reload();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible(PATIENCE);
    await expect(page).toHaveURL(new RegExp(`/${name}$`));
  });
}

for (const status of [429, 503]) {
  test(`after ${status} the page waits as long as the server says, and tries once by itself`, async ({ page }) => {
    await page.clock.install();
    let asked = 0;
    await page.route(ASKS["trends"]!, async (route) => {
      asked += 1;
      await route.fulfill(refusal(status, "busy", "too much at once", { headers: { "Retry-After": "7" } }));
    });
    await page.goto(at("trends"));
    await expect(page.getByRole("alert")).toContainText("too much at once", PATIENCE);
    await expect(page.getByText(/by itself in [67] s/)).toHaveCount(1);
    const before = asked;
    await page.clock.runFor(8_000);
    await expect.poll(() => asked, PATIENCE).toBe(before + 1);
    await expect(page.getByText("by itself in")).toHaveCount(0);
    await page.clock.runFor(20_000);
    expect(asked).toBe(before + 1);
  });
}

test("a panel has a skeleton first, says when it takes long, and can be cancelled", async ({ page }) => {
  await page.clock.install();
  await page.route(ASKS["trends"]!, () => {}); // never answered
  await page.goto(at("trends"));
  await expect(page.locator("main .skeleton")).toBeVisible(PATIENCE);
  await page.clock.runFor(4_000);
  await expect(page.getByText(/\d s so far/)).toBeVisible();
  await page.clock.runFor(8_000);
  await expect(page.getByText("A shorter range or fewer breakdowns are quicker.")).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("alert")).toContainText("Cancelled.");
});

test("a late answer to an older question is discarded, and what is old is dim meanwhile", async ({ page }) => {
  await page.goto(at("trends", "?e=page_view&r=7d"));
  await settled(page);
  const held: Route[] = [];
  await page.route(ASKS["trends"]!, async (route) => {
    if (route.request().postData()!.includes('"add_to_cart"')) held.push(route);
    else await route.continue();
  });
  const event = page.getByLabel("Event A");
  await event.fill("add_to_cart");
  await event.press("Tab");
  await expect.poll(() => held.length, PATIENCE).toBe(1);
  await expect(page.locator("main .body.outdated")).toHaveCount(1);
  await event.fill("purchase");
  await event.press("Tab");
  await settled(page);
  const shown = await page.locator("[data-total=A]").textContent();
  await held[0]!.fulfill({ json: { data: { buckets: ["2026-01-01"], complete: [true], series: [{ name: "A", values: [123456], total: 123456 }] }, meta: { as_of: 1, generated_at: new Date().toISOString(), took_ms: 1, cache_hit: false, timezone: "UTC", warnings: [] } } }).catch(() => {});
  await page.evaluate(() => new Promise(requestAnimationFrame));
  expect(await page.locator("[data-total=A]").textContent()).toBe(shown);
  await expect(page.locator("main .body.outdated")).toHaveCount(0);
});

test("offline, panels keep what they show, and say from when it is", async ({ page, context }) => {
  await page.goto(at("trends"));
  await settled(page);
  const shown = await page.locator("[data-total=A]").textContent();
  await context.setOffline(true);
  await page.keyboard.press("r");
  await expect(page.getByText("The server cannot be reached. What you see may be old.")).toBeVisible(PATIENCE);
  await expect(page.locator(".fresh")).toContainText("updated");
  expect(await page.locator("[data-total=A]").textContent()).toBe(shown);
  await context.setOffline(false);
  await page.getByRole("button", { name: "Try again" }).first().click();
  await expect(page.getByText("The server cannot be reached.")).toHaveCount(0, PATIENCE);
});

test("nothing is told apart: never anything, not in this range, not with these filters, not set up", async ({ page }) => {
  await server.ask("/api/v1/projects", { id: "empty" });
  await page.goto(`${server.url}/p/empty/overview`);
  await expect(page.getByText("Waiting for the first event")).toBeVisible(PATIENCE);
  await page.goto(at("overview", "?r=2020-01-01..2020-01-07"));
  await page.getByRole("button", { name: /the last day with data/ }).click(PATIENCE);
  await expect(page.locator("[data-kpi=users]")).toHaveText(/^[\d,]+$/, PATIENCE);
  await page.goto(at("overview", "?f=country:eq:Atlantis"));
  await page.getByRole("button", { name: "Remove the filters" }).click(PATIENCE);
  await expect(page.locator("[data-kpi=users]")).toHaveText(/^[\d,]+$/, PATIENCE);
  await page.goto(`${server.url}/p/empty/experiments`);
  await expect(page.getByText("None is defined yet.")).toBeVisible(PATIENCE);
  for (const name of ["trends", "funnel", "retention", "revenue", "paths", "ledger"]) {
    await page.goto(`${server.url}/p/empty/${name}`);
    await settled(page);
    expect(await axeViolations(page), name).toEqual([]);
    await expect(page.locator("main [role=alert]"), name).toHaveCount(0);
  }
  await page.goto(at("funnel", "?steps=page_view"));
  await expect(page.getByText("A funnel needs two steps at least")).toBeVisible(PATIENCE);
});

test("what is refused for one of its parts says so at the field of that part, until it is mended", async ({ page }) => {
  const wrong = page.locator("[aria-invalid]");
  await page.goto(at("funnel", "?steps=page_view,purchse&w=7d"));
  const step = page.getByLabel("Step 2", { exact: true });
  await expect(step).toHaveAccessibleDescription(/has the type 'purchse'; did you mean 'purchase'/, PATIENCE);
  await expect(wrong).toHaveCount(1);
  expect(await axeViolations(page)).toEqual([]);
  await step.fill("purchase");
  await step.press("Enter");
  await expect(wrong).toHaveCount(0, PATIENCE);
  await page.getByLabel("Within").fill("soon");
  await page.getByLabel("Within").press("Enter");
  await expect(page.getByLabel("Within")).toHaveAccessibleDescription(/must be a number and a unit/, PATIENCE);

  await page.goto(at("trends", "?e=page_view~count~~plann%3Aeq%3Apro|*"));
  await expect(page.getByRole("button", { name: "Remove from A: plann is pro" })).toHaveAccessibleDescription(/has the property 'plann'/, PATIENCE);
  await page.goto(at("revenue", "?f=plann:eq:pro"));
  await expect(page.getByRole("button", { name: "Remove filter: plann is pro" })).toHaveAccessibleDescription(/has the property 'plann'/, PATIENCE);
  expect(await axeViolations(page)).toEqual([]);

  await page.goto(at("trends", "?roll=7")); // the field for it is there for unique users only
  await expect(page.getByText("/rolling goes with the measure unique_users by day only")).toBeVisible(PATIENCE);
  await expect(wrong).toHaveCount(0);

  await page.goto(at("admin"));
  await page.getByLabel("Id", { exact: true }).fill("Web Shop");
  await page.getByRole("button", { name: "Add project" }).click();
  await expect(page.getByLabel("Id", { exact: true })).toHaveAccessibleDescription(/small letters, digits/, PATIENCE);
  await expect(page.getByLabel("Id", { exact: true })).toHaveValue("Web Shop");
  await expect(wrong).toHaveCount(1);
});

test("what an address says that makes no sense is left out, and said", async ({ page }) => {
  await page.goto(at("trends", "?tz=Mars&r=2026-13-45..2026-99-99&e=purchase"));
  await expect(page.locator("[data-total=A]")).toBeVisible(PATIENCE);
  const notice = page.getByText("The address says r=2026-13-45..2026-99-99, tz=Mars, which makes no sense here");
  await expect(notice).toBeVisible();
  expect(await axeViolations(page)).toEqual([]);
  await notice.getByRole("button", { name: "Close" }).click();
  await expect(notice).toHaveCount(0);
  await expect(page).toHaveURL(/trends\?e=purchase$/);
  await page.goto(at("trends", "?e=%25"));
  await expect(page.getByLabel("Event A")).toHaveAccessibleDescription(/has the type '%'/, PATIENCE);
});

test("an address without its project is a page of the default one, and any other says that it is none", async ({ page }) => {
  await page.goto(`${server.url}/funnel?r=7d`);
  await expect(page.getByRole("heading", { name: "Funnel", level: 1 })).toBeVisible(PATIENCE);
  await page.goto(`${server.url}/fumnel`);
  await expect(page.getByText("The address says fumnel, which makes no sense here")).toBeVisible(PATIENCE);
});

test("a project that is not there is named, and not asked about", async ({ page }) => {
  await page.goto(`${server.url}/p/nowhere/trends`);
  await expect(page.getByText("There is no project nowhere on this server.")).toBeVisible(PATIENCE);
});

test("a new version of the page is told of once, and never loads by itself", async ({ page }) => {
  await page.goto(at("trends"));
  await settled(page);
  const look = (): Promise<unknown> => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  const answered = page.waitForResponse(`${server.url}/`);
  await look();
  await answered;
  await expect(page.getByText("The server has a new version of this page.")).toHaveCount(0);
  await page.route(`${server.url}/`, (route) => route.fulfill({ contentType: "text/html", body: '<script type="module" src="/assets/index-other.js"></script>' }));
  await look();
  await expect(page.getByText("The server has a new version of this page.")).toBeVisible(PATIENCE);
  expect(await axeViolations(page)).toEqual([]);
  await page.evaluate(() => (document.body.dataset["mark"] = "kept"));
  await page.getByRole("button", { name: "Later" }).click();
  await look();
  await expect(page.getByText("The server has a new version of this page.")).toHaveCount(0);
  await expect(page.locator("body")).toHaveAttribute("data-mark", "kept");
});
