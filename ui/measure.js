// Measures the overview in Chromium and prints JSON: node measure.js URL RUNS
import { chromium } from "@playwright/test";

const [url, runs] = [process.argv[2], Number(process.argv[3])];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"] });

/** In the page: paint and questions as the browser noted them. */
const noted = () => {
  const [navigation] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  const questions = performance.getEntriesByType("resource").filter((one) => one.initiatorType === "fetch");
  return {
    html: navigation.responseEnd,
    paint: (paint?.startTime ?? 0) - navigation.responseEnd,
    questions: questions.map((one) => [new URL(one.name).pathname, one.duration]),
  };
};
/** In the page: from a click to the frame behind the one that shows it. */
const click = (selector) =>
  new Promise((resolve) => {
    const begin = performance.now();
    document.querySelector(selector).click();
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begin)));
  });

async function open(path, ready) {
  const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
  await page.goto(url + path, { waitUntil: "load" });
  if (ready) await page.waitForFunction(ready, null, { polling: "raf", timeout: 120_000 });
  const all = await page.evaluate(() => performance.now());
  return { page, all };
}
const answered = () => document.querySelectorAll("main section").length > 4 && !document.querySelector("main [aria-busy=true], main .skeleton") && !document.querySelector("main [role=alert]");

const result = [];
for (let i = 0; i < runs; ++i) {
  const bare = await open("/-/live", null);
  const baseline = await bare.page.evaluate(noted);
  await bare.page.close();
  const { page, all } = await open("/p/default/overview", answered);
  const overview = await page.evaluate(noted);
  const interactions = [];
  for (const selector of ["[data-kpi=events]", "summary", "[data-kpi=users]"]) interactions.push(await page.evaluate(click, selector));
  result.push({ baseline: baseline.paint, paint: overview.paint, panels: all - overview.html, interactions, questions: overview.questions });
  await page.close();
}
await browser.close();
console.log(JSON.stringify(result));
