// What is saved: questions, dashboards of them, annotations; and what happens when two people change the same.
import { expect, test, type Page } from "@playwright/test";

import { axeViolations, Server } from "./server";

const PATIENCE = { timeout: 30_000 };
const server = new Server();

test.beforeAll(async () => {
  server.loadShop(5_000);
  await server.start();
});
test.afterAll(() => server.remove());

async function open(page: Page, address: string): Promise<void> {
  await page.goto(`${server.url}/p/default/${address}`);
  await expect(page.locator("main [aria-busy=true], main .skeleton")).toHaveCount(0, PATIENCE);
}
async function save(page: Page, name: string): Promise<void> {
  await page.locator("summary", { hasText: "Save" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Save this question" }).click();
  await expect(page.getByText(`Saved as ${name}.`)).toBeVisible(PATIENCE);
}
const items = async (kind: string): Promise<{ id: number; version: number; name: string; search: string }[]> => (await server.ask<{ data: { id: number; version: number; name: string; search: string }[] }>(`/api/v1/${kind}`)).data;

test("a question is saved, found again, renamed and deleted", async ({ page }) => {
  await open(page, "trends?e=purchase&r=7d");
  await save(page, "Purchases");
  await page.getByRole("link", { name: "Show all" }).click();
  await page.getByRole("link", { name: "Purchases" }).click();
  await expect(page).toHaveURL(/\/trends\?.*e=purchase/);
  await expect(page).toHaveURL(/r=7d/);
  await open(page, "saved");
  await page.getByRole("button", { name: "Rename Purchases" }).click();
  await page.getByLabel("New name").fill("Orders");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: "Orders" })).toBeVisible(PATIENCE);
  await page.getByRole("button", { name: "Delete Orders" }).click();
  await expect(page.getByText("Nothing is saved yet")).toBeVisible(PATIENCE);
});

test("what a page chose by itself and a draft are saved, too", async ({ page }) => {
  await open(page, "funnel");
  await save(page, "Shop funnel");
  expect((await items("questions")).at(-1)!.search).toContain("steps=product_view");
  await open(page, "sql");
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("SELECT 4711");
  await save(page, "Number");
  expect((await items("questions")).at(-1)!.search).toBe("q=SELECT+4711");
});

test("a dashboard shows saved questions over one range, in an order that is kept", async ({ page }) => {
  await open(page, "trends?e=page_view");
  await save(page, "Views");
  await open(page, "retention");
  await save(page, "Weekly");
  await open(page, "dashboards");
  await page.getByLabel("Name of a new dashboard").fill("Monday");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByText("No panels yet")).toBeVisible(PATIENCE);
  await page.getByLabel("Add a panel").selectOption({ label: "Views" });
  await expect(page.getByRole("heading", { name: "Views" })).toBeVisible(PATIENCE);
  await page.getByLabel("Add a panel").selectOption({ label: "Weekly" });
  await expect(page.getByRole("heading", { level: 2 })).toContainText(["Views", "Weekly"], PATIENCE);
  await page.getByRole("button", { name: "Move Weekly back" }).click();
  await expect(page.locator("main h2")).toContainText(["Weekly", "Views"], PATIENCE);
  await page.reload();
  await expect(page.locator("main h2")).toContainText(["Weekly", "Views"], PATIENCE);
  await expect(page.locator("main svg[role=application]")).toBeVisible(PATIENCE);
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    expect(await axeViolations(page)).toEqual([]);
  }
  await page.getByRole("button", { name: "Remove Weekly" }).click();
  await expect(page.locator("main h2")).toHaveText(["Views"], PATIENCE);
  await page.getByRole("button", { name: "Open Views" }).click();
  await expect(page).toHaveURL(/\/trends\?.*e=page_view/);
});

test("who comes too late sees both sides and chooses", async ({ page }) => {
  await server.ask("/api/v1/questions", { name: "Ours", page: "trends", search: "" });
  const mine = (await items("questions")).at(-1)!;
  const change = async (name: string, version: number): Promise<void> => {
    const answer = await fetch(`${server.url}/api/v1/questions/${mine.id}`, { method: "PUT", headers: { "If-Match": `"${version}"` }, body: JSON.stringify({ name, page: "trends", search: "" }) });
    expect(answer.status).toBe(200);
  };
  await open(page, "saved");
  await page.getByRole("button", { name: "Rename Ours" }).click();
  await change("Theirs", 1);
  await page.getByLabel("New name").fill("Mine");
  await page.keyboard.press("Enter");
  await expect(page.getByText("This was changed meanwhile")).toBeVisible(PATIENCE);
  await expect(page.getByRole("definition")).toHaveText(["Theirs (trends)", "Mine (trends)"]);
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole("button", { name: "Save yours" }).click();
  await expect(page.getByRole("link", { name: "Mine" })).toBeVisible(PATIENCE);
  await page.getByRole("button", { name: "Rename Mine" }).click();
  await change("Theirs again", 3);
  await page.getByLabel("New name").fill("Mine again");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Keep theirs" }).click();
  await expect(page.getByRole("link", { name: "Theirs again" })).toBeVisible(PATIENCE);
});

test("a chart is annotated at the point of its cursor", async ({ page }) => {
  await open(page, "trends?r=7d");
  await page.getByRole("application").focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("n");
  await page.getByLabel("What happened").fill("Version 2 released");
  await page.keyboard.press("Enter");
  const list = page.getByRole("list", { name: "Annotations" });
  await expect(list).toContainText("Version 2 released", PATIENCE);
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  await expect(list).toContainText(yesterday);
  await expect(page.locator(".flag")).toHaveCount(1);
  await open(page, "overview");
  await expect(page.getByRole("list", { name: "Annotations" })).toContainText("Version 2 released", PATIENCE);
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole("button", { name: "Delete annotation Version 2 released" }).click();
  await expect(page.getByRole("list", { name: "Annotations" })).toHaveCount(0, PATIENCE);
});
