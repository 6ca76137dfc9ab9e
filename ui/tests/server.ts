import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

const BINARY = process.env.SPECTRUM_BINARY ?? join(import.meta.dirname, "../../build/release/spectrum");

/** The real program on data of its own; `kill` leaves the data, `start` begins again on the same port. */
export class Server {
  readonly data = mkdtempSync(join(tmpdir(), "spectrum-ui-"));
  #process: ChildProcess | null = null;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  loadShop(events: number): void {
    const shop = execFileSync(BINARY, ["demo", "--events", String(events), "--days", "60", "--out", "-"], { maxBuffer: 1 << 30 });
    execFileSync(BINARY, ["load", "--data", this.data, "--format", "ndjson", "-"], { input: shop, stdio: ["pipe", "ignore", "ignore"] });
  }

  async start(...options: string[]): Promise<void> {
    const process = spawn(BINARY, ["serve", "--data", this.data, "--listen", `127.0.0.1:${this.#port}`, ...options], { stdio: ["ignore", "pipe", "ignore"] });
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
    rmSync(this.data, { recursive: true, force: true });
  }

  async ask<T>(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const response = await fetch(this.url + path, body === undefined ? { headers } : { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}
