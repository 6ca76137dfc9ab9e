// Writes docs/img/PAGE-THEME.png: each page of the dashboard with the same sample shop at the same moment. make pictures
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "@playwright/test";

const ROOT = join(import.meta.dirname, "..");
const BUILD = join(ROOT, "build/release");
const BINARY = join(BUILD, "spectrum");
const NOW = "2026-11-20T14:00:00Z"; // a Friday
const PAGES = {
  overview: "?c=prev", live: "", trends: "?c=prev&e=page_view~unique_users|add_to_cart~unique_users", funnel: "?b=country", retention: "?pin=2026-10-12", revenue: "", experiments: "", paths: "",
  sql: "", saved: "", dashboards: "", pipeline: "", ledger: "", admin: "",
};

const folder = mkdtempSync(join(tmpdir(), "spectrum-pictures-"));
const data = join(folder, "data");
const shift = join(folder, "shift");
writeFileSync(shift, String(Math.round((Date.parse(NOW) - Date.now()) / 1000)));
const env = { ...process.env, LD_PRELOAD: join(BUILD, "tests/support/shifted_clock/libshifted_clock.so"), SHIFTED_CLOCK_FILE: shift };
const shop = execFileSync(BINARY, ["demo", "--events", "60000", "--days", "60", "--end", NOW, "--seed", "1", "--out", "-"], { maxBuffer: 1 << 30 });
execFileSync(BINARY, ["load", "--data", data, "--format", "ndjson", "-"], { input: shop, env, stdio: ["pipe", "ignore", "inherit"] });

const server = spawn(BINARY, ["serve", "--data", data, "--listen", "127.0.0.1:0"], { env, stdio: ["ignore", "pipe", "ignore"] });
const url = await new Promise((resolve) => server.stdout.on("data", (bytes) => {
  const found = /listening on (http:\S+)/.exec(bytes.toString());
  if (found) resolve(found[1]);
}));
const send = async (path, body) => {
  const response = await fetch(url + path, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
};
for (const [id, name] of [["checkout_button", "Checkout button"], ["homepage_banner", "Homepage banner"]]) {
  await send("/api/v1/experiments", { id, name, variants: [{ key: "control" }, { key: "treatment" }], goal: { event: "purchase" } });
}
await send("/api/v1/annotations", { text: "New checkout", at: "2026-11-09" });
await send("/api/v1/questions", { name: "Views and orders", page: "trends", search: "e=page_view~unique_users|purchase~unique_users" });
await send("/api/v1/questions", { name: "From view to order", page: "funnel", search: "steps=product_view,add_to_cart,checkout,purchase" });
await send("/api/v1/dashboards", { name: "Monday", panels: [1, 2] });
await fetch(`${url}/track`, { method: "POST", body: '{"user_id":"u-001"}' }); // something for the quarantine

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--no-first-run"] });
mkdirSync(join(ROOT, "docs/img"), { recursive: true });
for (const colorScheme of ["light", "dark"]) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, colorScheme, reducedMotion: "reduce", locale: "en-US", timezoneId: "UTC" });
  const page = await context.newPage();
  await page.clock.install({ time: NOW });
  for (const [name, search] of Object.entries(PAGES)) {
    await page.goto(`${url}/p/default/${name}${search}`);
    await page.clock.runFor(3000);
    await page.waitForFunction(() => !document.querySelector("main [aria-busy=true], main .skeleton"), null, { polling: 100, timeout: 30_000 });
    if (name === "sql") {
      await page.getByRole("button", { name: "Run" }).click();
      await page.locator("[data-rows]").waitFor();
    }
    if (name === "live") await page.getByText("as it becomes durable").waitFor();
    else await page.waitForLoadState("networkidle"); // annotations come by themselves
    await page.screenshot({ path: join(ROOT, `docs/img/${name}-${colorScheme}.png`), animations: "disabled" });
  }
  await context.close();
}
await browser.close();
server.kill();
rmSync(folder, { recursive: true, force: true });
