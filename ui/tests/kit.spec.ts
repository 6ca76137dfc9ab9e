// The chart kit by itself: every chart of src/charts with what may be asked of it, as vite's own server shows it.
import { readdirSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";

import { expect, test, type Page } from "@playwright/test";
import { createServer, type ViteDevServer } from "vite";

import { axeViolations, BINARY } from "./server";

const UI = join(import.meta.dirname, "..");
let vite: ViteDevServer;
let address = "";

test.beforeAll(async () => {
  vite = await createServer({ root: UI, logLevel: "error", cacheDir: join(UI, "../build/ui-kit"), server: { host: "127.0.0.1", port: 0, hmr: false, watch: null, proxy: {} } });
  await vite.listen();
  address = `http://127.0.0.1:${(vite.httpServer!.address() as AddressInfo).port}/_kit/`;
});
test.afterAll(() => vite.close());

/** What is wrong with the drawings, in words. */
const flaws = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    for (const svg of document.querySelectorAll("svg")) {
      const name = svg.closest("section")?.getAttribute("aria-label") ?? "";
      const box = svg.getBoundingClientRect();
      for (const one of [svg, ...svg.querySelectorAll("*")]) {
        for (const { name: attribute, value } of one.attributes) if (/NaN|Infinity|undefined|null/.test(value)) found.push(`${name}: ${one.tagName} ${attribute}=${value}`);
        if (one.children.length === 0 && /NaN|Infinity|∞|undefined|null/.test(one.textContent ?? "")) found.push(`${name}: ${one.tagName} says ${one.textContent}`);
        const { left, right, top, bottom, width, height } = one.getBoundingClientRect();
        const overhang = Math.max(box.left - left, right - box.right, box.top - top, bottom - box.bottom);
        if (!one.closest("defs") && (width > 0 || height > 0) && overhang > 1) found.push(`${name}: ${one.tagName} ${one.textContent} is ${overhang.toFixed(1)} pixels outside`);
      }
      // The number of a line of the grid stands before it.
      for (const line of svg.querySelectorAll(".grid")) {
        const number = line.nextElementSibling!;
        if (number.getBoundingClientRect().right > line.getBoundingClientRect().left) found.push(`${name}: ${number.textContent} lies on the chart`);
      }
    }
    return found;
  });

for (const [name, search, colorScheme] of [["light", "", "light"], ["dark", "", "dark"], ["from right to left", "?dir=rtl", "light"]] as const) {
  test(`every chart holds whatever it is given: ${name}`, async ({ page }) => {
    const failures: string[] = [];
    page.on("pageerror", (error) => failures.push(error.message));
    page.on("console", (message) => message.type() === "error" && failures.push(message.text()));
    await page.emulateMedia({ colorScheme });
    await page.goto(address + search);
    await expect(page.getByRole("menu")).toBeVisible();
    expect(failures).toEqual([]);
    expect(await flaws(page)).toEqual([]);
    expect(await axeViolations(page)).toEqual([]);
  });
}

test("the kit shows every chart that there is, and releases have none of it", () => {
  const source = readFileSync(join(UI, "_kit/Kit.svelte"), "utf8");
  expect(readdirSync(join(UI, "src/charts")).filter((file) => !source.includes(`from "../src/charts/${file}"`))).toEqual([]);
  const dist = join(dirname(BINARY), "src/dashboard/ui/dist");
  expect(readdirSync(dist, { recursive: true }).filter((file) => String(file).includes("_kit"))).toEqual([]);
  const scripts = readdirSync(join(dist, "assets")).filter((file) => file.endsWith(".js"));
  expect(scripts.filter((file) => readFileSync(join(dist, "assets", file), "utf8").includes("Chart kit"))).toEqual([]);
});
