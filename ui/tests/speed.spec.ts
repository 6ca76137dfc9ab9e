// How quickly the page answers its reader. Machines of tests are slow and shared: the bounds are loose, the figures are printed.
import { expect, test, type CDPSession, type Page } from "@playwright/test";

import { Server } from "./server";

const PATIENCE = { timeout: 30_000 };
const SERIES = 8;
const DAYS = 365;
const MOVES = 60;
const server = new Server();

test.beforeAll(async () => {
  server.loadShop(5_000);
  await server.start();
});
test.afterAll(() => server.remove());

function say(what: string, value: number, most: number): void {
  const figures = `${what} ${value.toFixed(1)} ms (at most ${most})`;
  test.info().annotations.push({ type: "figures", description: figures });
  console.log(figures);
  expect(value, what).toBeLessThanOrEqual(most);
}
const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Every question of trends is answered by a year of eight series. */
async function answerAYear(page: Page): Promise<void> {
  const buckets = Array.from({ length: DAYS }, (_, i) => new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10));
  const series = Array.from({ length: SERIES }, (_, k) => ({ name: "ABCDEFGH"[k], values: buckets.map((_, i) => 1000 + 100 * k + ((i * (k + 7)) % 97)), total: 1 }));
  await page.route("**/api/v1/query/trends", (route) => route.fulfill({ json: { data: { buckets, complete: buckets.map(() => true), series }, meta: { as_of: 1, warnings: [] } } }));
}
/** What the page's main thread works until the frame behind the one that shows what `act` did: its processor's time, whoever else is busy. */
async function workOf(page: Page, devtools: CDPSession, act: () => Promise<unknown>): Promise<number> {
  const worked = async (): Promise<number> => (await devtools.send("Performance.getMetrics")).metrics.find((one) => one.name === "TaskDuration")!.value * 1000;
  const before = await worked();
  await act();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  return (await worked()) - before;
}
async function measured(page: Page): Promise<CDPSession> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  return devtools;
}

test("a chart of a year of eight series is there at once, and follows the pointer", async ({ page }) => {
  await answerAYear(page);
  await page.goto(`${server.url}/p/default/trends?r=2026-01-01..2026-12-31&g=day&e=${Array(SERIES).fill("*").join("|")}`);
  const chart = page.getByRole("application");
  await expect(chart.locator("path.line:not(.open)")).toHaveCount(SERIES, PATIENCE);
  const devtools = await measured(page);
  const mounts: number[] = [];
  for (let i = 0; i < 5; ++i) {
    await page.getByLabel("Show as").selectOption("number");
    mounts.push(await workOf(page, devtools, () => page.getByLabel("Show as").selectOption("line")));
  }
  say("a chart of 8 × 365 is drawn in", median(mounts), 120);

  const box = (await chart.boundingBox())!;
  const hover = await workOf(page, devtools, async () => {
    for (let i = 0; i < MOVES; ++i) await page.mouse.move(box.x + 60 + ((box.width - 80) * i) / MOVES, box.y + 100);
  });
  await expect(page.locator(".tip")).toBeVisible();
  say("each move of the pointer over it takes", hover / MOVES, 12);
});

/** The best of some visits: a machine that is shared makes others late. */
const VISITS = 5;
const SLOWER = 4;
const NETWORKS: [string, { latency: number; downloadThroughput: number; uploadThroughput: number } | null, number][] = [
  ["this machine", null, 2000],
  ["1.6 Mbit/s and 150 ms", { latency: 150, downloadThroughput: 200_000, uploadThroughput: 200_000 }, 3000],
];
for (const [network, conditions, most] of NETWORKS) {
  test(`over ${network} something is painted soon`, async ({ browser }) => {
    const paints: number[] = [];
    for (let i = 0; i < VISITS; ++i) {
      const context = await browser.newContext(); // with nothing in its cache
      const page = await context.newPage();
      const devtools = await context.newCDPSession(page);
      await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
      await devtools.send("Network.enable");
      if (conditions) await devtools.send("Network.emulateNetworkConditions", { offline: false, ...conditions });
      await page.goto(`${server.url}/p/default/overview`, { waitUntil: "commit" });
      const painted = await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime, null, PATIENCE);
      paints.push((await painted.jsonValue())!);
      await context.close();
    }
    say(`over ${network}, ${SLOWER} times slower, the first paint comes after`, Math.min(...paints), most);
  });
}

test("no task holds the page for long while it loads", async ({ browser }) => {
  const longest: number[] = [];
  for (let i = 0; i < VISITS; ++i) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    await page.goto(`${server.url}/p/default/overview`);
    await expect(page.locator("[data-kpi=users]")).toBeVisible(PATIENCE);
    await expect(page.locator("main [aria-busy=true], main .skeleton")).toHaveCount(0, PATIENCE);
    const tasks = await page.evaluate(
      () => new Promise<number[]>((resolve) => new PerformanceObserver((list) => resolve(list.getEntries().map((task) => task.duration))).observe({ type: "longtask", buffered: true })),
    );
    longest.push(Math.max(...tasks));
    await context.close();
  }
  say(`${SLOWER} times slower, the longest task of loading takes`, Math.min(...longest), 1000);
});

test("a page that was seen before is there at once", async ({ page }) => {
  await page.goto(`${server.url}/p/default/overview`);
  const settled = (): Promise<void> => expect(page.locator("main [aria-busy=true], main .skeleton")).toHaveCount(0, PATIENCE);
  await settled();
  /** From the click to the frame that has the page's heading and what `ready` names. */
  const turned = (name: string, ready: string): Promise<number> =>
    page.evaluate(
      async ([wanted, selector]) => {
        const begin = performance.now();
        [...document.querySelectorAll<HTMLElement>("nav a")].find((one) => one.textContent?.trim() === wanted)!.click();
        while (document.querySelector("h1")?.textContent !== wanted || !document.querySelector(selector!)) await new Promise((resolve) => requestAnimationFrame(resolve));
        return performance.now() - begin;
      },
      [name, ready],
    );
  const turns: number[] = [];
  for (let i = 0; i <= VISITS; ++i) {
    const there = await turned("Funnel", "main section");
    await settled();
    const back = await turned("Overview", "[data-kpi=users]");
    await settled();
    if (i > 0) turns.push(there, back); // the first visit fetches the page
  }
  say("from one page to another", median(turns), 400);
});

test("what is pressed is painted at once", async ({ page }) => {
  await page.goto(`${server.url}/p/default/overview`);
  await expect(page.locator("main [aria-busy=true], main .skeleton")).toHaveCount(0, PATIENCE);
  /** The quickest of some: a machine that is shared makes others late. */
  const painted = (selector: string): Promise<number> =>
    page.evaluate(async (wanted) => {
      const times: number[] = [];
      for (let i = 0; i < 4; ++i) {
        const begin = performance.now();
        document.querySelector<HTMLElement>(wanted)!.click();
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        times.push(performance.now() - begin);
      }
      return Math.min(...times);
    }, selector);
  const presses: number[] = [];
  for (const selector of ["[data-kpi=events]", "[data-kpi=users]", "[data-tab=page]", "[data-tab=source]", "[data-tab=event_type]", "summary"]) presses.push(await painted(selector));
  say("from a press to the next paint, three of four within", [...presses].sort((a, b) => a - b)[Math.ceil(presses.length * 0.75) - 1]!, 300);
});

test("ten thousand rows scroll without a long frame", async ({ page }) => {
  await page.goto(`${server.url}/p/default/sql?q=${encodeURIComponent("SELECT range AS n, range * 7 AS m, 'row ' || range AS t FROM range(10000)")}`);
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.locator("[data-rows='10000']")).toBeVisible(PATIENCE);
  const grid = page.getByRole("group", { name: "Rows" });
  const devtools = await measured(page);
  const frames: number[] = [];
  for (let i = 1; i <= 20; ++i) frames.push(await workOf(page, devtools, () => grid.evaluate((element, share) => (element.scrollTop = element.scrollHeight * share), i / 20)));
  await expect(grid.getByText("row 9999")).toBeVisible();
  say("the longest frame of scrolling 10,000 rows takes", Math.max(...frames), 120);
});
