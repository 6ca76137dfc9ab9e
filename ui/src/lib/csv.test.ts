import { describe, expect, it } from "vitest";

import { toCsv, toMarkdown } from "./csv";

describe("CSV", () => {
  it("quotes what needs it", () => expect(toCsv(["a", "b"], [["x,y", 'say "hi"'], ["two\nlines", null]])).toBe('a,b\r\n"x,y","say ""hi"""\r\n"two\nlines",\r\n'));
  it("lets no spreadsheet run a text", () => expect(toCsv(["a"], [["=1+1"], ["-2"], [-2]])).toBe("a\r\n'=1+1\r\n'-2\r\n-2\r\n"));
  it("has the hyphen of machines in amounts, and texts as they are", () => expect(toCsv(["a", "b", "c"], [[{ text: "−$1,234.50" }, "−5", -5]])).toBe('a,b,c\r\n"\'-$1,234.50",−5,-5\r\n'));
  it("has the minus sign of people where they read it", () => expect(toMarkdown(["a"], [[-1.5], [{ text: "−$2.00" }], ["a-b"]])).toBe("| a |\n| --- |\n| −1.5 |\n| −$2.00 |\n| a-b |\n"));
  it("is Markdown as well", () => expect(toMarkdown(["a", "b"], [["x|y", null], [1, "two\nlines"]])).toBe("| a | b |\n| --- | --- |\n| x\\|y |  |\n| 1 | two lines |\n"));
});
