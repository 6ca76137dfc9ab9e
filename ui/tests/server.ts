import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import type { Page } from "@playwright/test";

const AXE = readFileSync(join(import.meta.dirname, "../node_modules/axe-core/axe.min.js"), "utf8");

/** What breaks WCAG on the page as it is now, in words. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run: (context: unknown, options: unknown) => Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe;
    const result = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    return result.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120) + node.failureSummary.slice(0, 200)).join(" | ")}`);
  });
}

export const BINARY = process.env.SPECTRUM_BINARY ?? join(import.meta.dirname, "../../build/release/spectrum");
const SHIFTED_CLOCK = join(dirname(BINARY), "tests/support/shifted_clock/libshifted_clock.so");

/** The real program on data of its own; `kill` leaves the data, `start` begins again on the same port. */
export class Server {
  readonly #folder = mkdtempSync(join(tmpdir(), "spectrum-ui-"));
  readonly data = join(this.#folder, "data");
  readonly #env = { ...process.env };
  readonly #shopOptions: string[] = [];
  #process: ChildProcess | null = null;
  #port = 0;

  /** `now`: what the program takes for the time, from here on; then its shop is the same each time, too. */
  constructor(now?: string) {
    // Files of tests are also read by processes that only list what is in them.
    process.once("exit", () => rmSync(this.#folder, { recursive: true, force: true }));
    if (!now) {
      // Nobody of the shop is online now: tests count who is.
      this.#shopOptions.push("--end", new Date(Date.now() - 3_600_000).toISOString());
      return;
    }
    const shift = join(this.#folder, "shift");
    writeFileSync(shift, String(Math.round((Date.parse(now) - Date.now()) / 1000)));
    Object.assign(this.#env, { LD_PRELOAD: SHIFTED_CLOCK, SHIFTED_CLOCK_FILE: shift });
    this.#shopOptions.push("--end", now, "--seed", "1");
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  loadShop(events: number): void {
    const shop = execFileSync(BINARY, ["demo", "--events", String(events), "--days", "60", ...this.#shopOptions, "--out", "-"], { maxBuffer: 1 << 30 });
    execFileSync(BINARY, ["load", "--data", this.data, "--format", "ndjson", "-"], { input: shop, env: this.#env, stdio: ["pipe", "ignore", "ignore"] });
  }

  async start(...options: string[]): Promise<void> {
    const process = spawn(BINARY, ["serve", "--data", this.data, "--listen", `127.0.0.1:${this.#port}`, ...options], { env: this.#env, stdio: ["ignore", "pipe", "ignore"] });
    this.#process = process;
    await new Promise<void>((resolve, reject) => {
      process.stdout!.on("data", (bytes: Buffer) => {
        const found = /listening on http:\/\/[^:]+:(\d+)/.exec(bytes.toString());
        if (!found) return;
        this.#port = Number(found[1]);
        resolve();
      });
      process.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
  }

  async kill(): Promise<void> {
    const process = this.#process;
    if (!process) return;
    const ended = new Promise((resolve) => process.once("exit", resolve));
    process.kill("SIGKILL");
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async ask<T>(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const response = await fetch(this.url + path, body === undefined ? { headers } : { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}
