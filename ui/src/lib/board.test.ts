import { describe, expect, it } from "vitest";

import type { SavedQuestion } from "./api";
import { moved, newPanel, placed, readFile, resized, sent, toFile } from "./board";

const panels = [1, 2, 3].map(newPanel);

describe("panels", () => {
  it("move", () => {
    expect(moved(panels, 0, 2).map((one) => one.question)).toEqual([2, 3, 1]);
    expect(moved(panels, 2, 0).map((one) => one.question)).toEqual([3, 1, 2]);
    expect(moved(panels, 1, 1)).toEqual(panels);
  });
  it("stay within the grid", () => {
    expect(resized(panels, 1, 40, 0)[1]).toMatchObject({ width: 12, height: 1 });
    expect(resized(panels, 1, 40, 0)[0]).toEqual(panels[0]);
  });
  it("are read as they were sent", () => {
    expect(placed(7)).toEqual({ question: 7, width: 6, height: 4, range: "" });
    const pinned = { question: 7, width: 3, height: 2, range: "7d" };
    expect(placed(sent(pinned))).toEqual(pinned);
    expect(sent(newPanel(7))).not.toHaveProperty("range");
  });
});

describe("the file of a dashboard", () => {
  const question = { id: 3, name: "Views", page: "trends", search: "e=page_view" } as SavedQuestion;
  const text = toFile("Monday", [{ question: 3, width: 12, height: 2, range: "7d" }, newPanel(4)], new Map([[3, question]]));
  it("has the questions that are there", () => {
    expect(readFile(text)).toEqual({ file: { dashboard: "Monday", panels: [{ question: { name: "Views", page: "trends", search: "e=page_view" }, width: 12, height: 2, range: "7d" }] }, problems: [] });
  });
  const wrong: [string, string][] = [
    ["{", "The file is no JSON"],
    ["[]", "The file must hold an object"],
    ['{"dashboard": "", "panels": []}', "/dashboard must be a text of 1 to 255 bytes"],
    ['{"dashboard": "x", "panels": {}}', "/panels must be a list"],
    ['{"dashboard": "x", "panels": [], "color": 1}', "/color is not known"],
    ['{"dashboard": "x", "panels": [5]}', "/panels/0 must be an object"],
    ['{"dashboard": "x", "panels": [{"question": 3}]}', "/panels/0/question must be an object"],
    [text.replace('"trends"', '"live"'), "/panels/0/question/page must be one of trends"],
    [text.replace("12", "13"), "/panels/0/width must be an integer from 1 to 12"],
    [text.replace('"7d"', '"a week"'), "/panels/0/range must be a range such as 7d"],
    [text.replace('"height": 2', '"high": 2'), "/panels/0/high is not known"],
  ];
  it.each(wrong)("says what is wrong: %s", (file, problem) => {
    const read = readFile(file);
    expect(read.file).toBeNull();
    expect(read.problems).toHaveLength(1);
    expect(read.problems[0]).toContain(problem);
  });
});
