// The live page: everything that comes, as it comes, and what happens when it does not.
import { execFileSync } from "node:child_process";

import { expect, test, type Page } from "@playwright/test";

import { Server } from "./server";

const PATIENCE = { timeout: 30_000 };
const server = new Server();

test.beforeAll(() => server.start());
test.afterAll(() => server.remove());

interface Answer<T> {
  data: T;
}
async function listen(page: Page, project: string, search = ""): Promise<void> {
  await server.ask("/api/v1/projects", { id: project });
  await page.goto(`${server.url}/p/${project}/live${search}`);
  await expect(page.locator("[data-state=open]")).toBeVisible(PATIENCE);
}
const send = (project: string, events: object[]): Promise<unknown> => server.ask("/v1/events", events, { "X-Project": project });
const several = (count: number, event = "seen"): object[] => Array.from({ length: count }, (_, i) => ({ event, user_id: `u-${i}`, properties: { i } }));
const rows = (page: Page, name: string) => page.getByRole("group", { name: "Newest events" }).getByRole("button", { name, exact: true });

test("an event is there without a question", async ({ page }) => {
  await listen(page, "first");
  await expect(page.getByText("Listening…")).toBeVisible();
  await send("first", [{ event: "hello", user_id: "u-1", properties: { plan: "pro" } }]);
  await expect(rows(page, "hello")).toBeVisible(PATIENCE);
  await expect(page.getByText("plan=pro")).toBeVisible();
  await rows(page, "hello").click();
  await expect(page.getByRole("dialog").getByText('"plan": "pro"')).toBeVisible();
  await page.getByRole("button", { name: "Only this user" }).click();
  await expect(page).toHaveURL(/u=u-1/);
});

test("a test event is sent from where one is awaited, and sent once more by what is copied", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  await listen(page, "tested", "?e=hello&u=o'neil");
  await page.getByRole("button", { name: "Copy as curl" }).click();
  await expect.poll(copied).toContain("/track");
  await page.getByRole("button", { name: "Send a test event" }).click();
  await expect(rows(page, "hello")).toHaveCount(1, PATIENCE);
  execFileSync("sh", ["-c", await copied()], { stdio: "ignore" });
  await expect(rows(page, "hello")).toHaveCount(2, PATIENCE);
  await rows(page, "hello").first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Copy as curl" }).click();
  execFileSync("sh", ["-c", await copied()], { stdio: "ignore" });
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await expect(rows(page, "hello")).toHaveCount(3, PATIENCE);
});

test("where events need a key, a test event does, too, and a key that may not send is told so", async ({ page }) => {
  const guarded = new Server();
  const management = "a-management-key-of-a-test";
  try {
    await guarded.start("--management-key", management);
    const key = async (scope: string): Promise<string> =>
      (await guarded.ask<Answer<{ secret: string }>>("/api/v1/keys", { name: scope, project: "default", scopes: [scope] }, { "X-Management-Key": management })).data.secret;
    const reading = await key("read");
    await page.goto(`${guarded.url}/p/default/live`);
    await page.getByRole("textbox", { name: "Key" }).fill(reading);
    await page.getByRole("button", { name: "Sign in" }).click();
    const send = page.getByRole("button", { name: "Send a test event" });
    const field = page.getByLabel("A key with the scope ingest");
    await send.click();
    await field.fill(reading);
    await send.click();
    await expect(page.getByRole("alert")).toContainText("this key has not the scope ingest");
    await field.fill(await key("ingest"));
    await send.click();
    await expect(rows(page, "test_event")).toHaveCount(1, PATIENCE);
  } finally {
    await guarded.remove();
  }
});

test("events of a user or of a type alone", async ({ page }) => {
  await listen(page, "chosen", "?e=wanted&u=me");
  await send("chosen", [{ event: "unwanted", user_id: "me" }, { event: "wanted", user_id: "other" }, { event: "wanted", user_id: "me" }]);
  await expect(rows(page, "wanted")).toHaveCount(1, PATIENCE);
  await expect(page.getByRole("group", { name: "Newest events" }).locator("tbody tr")).toHaveCount(1);
});

test("what came late says so, and what is not listed is counted", async ({ page }) => {
  await listen(page, "late");
  const past = new Date(Date.now() - 2 * 3_600_000).toISOString();
  await send("late", [{ event: "then", user_id: "u-1", event_id: "once", timestamp: past }, { event: "now", user_id: "u-1" }]);
  const late = page.getByRole("row", { name: /then/ }).getByText("late");
  await expect(late).toHaveAttribute("title", /^Received 2 h .*after it happened$/, PATIENCE);
  await expect(page.getByRole("row", { name: /now/ }).getByText("late")).toHaveCount(0);
  await send("late", [{ event: "then", user_id: "u-1", event_id: "once" }, { event: "nobody" }]);
  await expect(page.getByText("1 duplicate", { exact: true })).toBeVisible(PATIENCE);
  await page.getByRole("link", { name: "1 rejected" }).click();
  await expect(page).toHaveURL(/late\/ledger/);
});

test("paused, it counts what is new", async ({ page }) => {
  await listen(page, "paused");
  await send("paused", several(3));
  await expect(rows(page, "seen")).toHaveCount(3, PATIENCE);
  await page.keyboard.press(".");
  await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
  await send("paused", several(4, "later"));
  await expect(page.getByRole("button", { name: "4 new" })).toBeVisible(PATIENCE);
  await expect(rows(page, "later")).toHaveCount(0);
  await page.getByRole("button", { name: "4 new" }).click();
  await expect(rows(page, "later")).toHaveCount(4);
});

test("a thousand events a second: few rows, and it says what it leaves out", async ({ page }) => {
  await listen(page, "many");
  let sending = true;
  const sender = (async () => {
    while (sending) {
      await send("many", several(100));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  try {
    await expect(page.locator("[data-sample]")).toHaveText(/Showing 1 in \d+/, PATIENCE);
    await expect(page.locator("[data-rate]")).toBeVisible();
    // Half a thousand rows come within ten seconds; the page answers meanwhile, and draws only those in sight.
    await expect.poll(() => page.getByRole("group", { name: "Newest events" }).evaluate((list) => list.scrollHeight / 33), PATIENCE).toBeGreaterThan(250);
    expect(await page.getByRole("group", { name: "Newest events" }).locator("tr").count()).toBeLessThan(80);
    await page.keyboard.press(".");
    await expect(page.getByRole("button", { name: "Resume" })).toBeVisible();
  } finally {
    sending = false;
    await sender;
  }
  await expect(page.locator("[data-sample]")).toHaveCount(0, PATIENCE);
});

test("a server that goes and comes back is listened to again, and nothing is lost", async ({ page }) => {
  await listen(page, "healed");
  await send("healed", [{ event: "before", user_id: "u" }]);
  await expect(rows(page, "before")).toBeVisible(PATIENCE);
  await server.kill();
  await expect(page.getByText("The connection is lost.")).toBeVisible(PATIENCE);
  await expect(page.getByText("this page looks every 5 s")).toBeVisible(PATIENCE);
  await expect(rows(page, "before")).toBeVisible();
  await server.start();
  await send("healed", [{ event: "after", user_id: "u" }]);
  await page.getByRole("button", { name: "Retry now" }).click();
  await expect(rows(page, "after")).toBeVisible(PATIENCE);
  await expect(page.getByText("The connection is lost")).toHaveCount(0);
  await expect(page.getByText("The server cannot be reached")).toHaveCount(0);
});

test("a page that was hidden goes on where it was", async ({ page }) => {
  await listen(page, "hidden");
  const hide = (hidden: boolean): Promise<void> =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await expect(page.locator("[data-state=closed]")).toBeVisible();
  await send("hidden", several(5, "meanwhile"));
  await hide(false);
  await expect(rows(page, "meanwhile")).toHaveCount(5, PATIENCE);
});
