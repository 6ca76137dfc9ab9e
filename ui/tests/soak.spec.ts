// The live page for a long time: it keeps its memory. SOAK_SECONDS says how long; CI has a few, a release ten minutes.
import { expect, test } from "@playwright/test";

import { Server } from "./server";

const SECONDS = Number(process.env.SOAK_SECONDS ?? 20);
const BURST_SECONDS = Math.min(10, SECONDS / 4);
const MOST_GROWTH_MB = 5;
const TURN_MS = 200;
const server = new Server();

test.beforeAll(() => server.start());
test.afterAll(() => server.remove());

test(`the live page keeps its memory for ${SECONDS} s of 50 events a second, and of a thousand in between`, async ({ page }, info) => {
  test.setTimeout((SECONDS + 120) * 1000);
  await page.goto(`${server.url}/p/default/live`);
  await expect(page.locator("[data-state=open]")).toBeVisible();
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(globalThis, { longTasks: tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration))).observe({ type: "longtask" });
  });

  /** So many a second, in turns; a turn that comes late makes up for it. */
  async function send(perSecond: number, seconds: number): Promise<void> {
    const begin = performance.now();
    for (let sent = 0; sent < perSecond * seconds; ) {
      await new Promise((resolve) => setTimeout(resolve, TURN_MS));
      const due = Math.min(seconds, (performance.now() - begin) / 1000) * perSecond;
      const events = Array.from({ length: Math.floor(due) - sent }, (_, i) => ({ event: "seen", user_id: `u-${sent + i}`, properties: { plan: "pro", n: sent + i } }));
      if (events.length > 0) await server.ask("/v1/events", events);
      sent += events.length;
    }
  }
  const devtools = await page.context().newCDPSession(page);
  async function heapMb(): Promise<number> {
    await devtools.send("HeapProfiler.collectGarbage");
    const { usedSize } = await devtools.send("Runtime.getHeapUsage");
    return usedSize / 1e6;
  }

  await send(50, 2);
  const list = page.getByRole("group", { name: "Newest events" });
  await expect(list).toBeVisible();
  const before = await heapMb();
  await send(50, (SECONDS - BURST_SECONDS) / 2);
  await Promise.all([send(1000, BURST_SECONDS), expect(page.locator("[data-sample]")).toBeVisible()]);
  await send(50, (SECONDS - BURST_SECONDS) / 2);
  expect(await list.locator("tr").count()).toBeLessThan(80);
  const growth = (await heapMb()) - before;

  const tasks = (await page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks)).sort((a, b) => b - a);
  const figures = `heap ${before.toFixed(1)} MB, ${growth.toFixed(1)} MB more after ${SECONDS} s; ${tasks.length} tasks above 50 ms${tasks.length > 0 ? `, the longest ${Math.round(tasks[0]!)} ms` : ""}`;
  info.annotations.push({ type: "figures", description: figures });
  console.log(figures);
  expect(growth).toBeLessThanOrEqual(MOST_GROWTH_MB);
});
