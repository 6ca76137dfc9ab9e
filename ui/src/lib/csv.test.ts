import { describe, expect, it } from "vitest";

import { toCsv, toMarkdown } from "./csv";

describe("CSV", () => {
  it("quotes what needs it", () => expect(toCsv(["a", "b"], [["x,y", 'say "hi"'], ["two\nlines", null]])).toBe('a,b\r\n"x,y","say ""hi"""\r\n"two\nlines",\r\n'));
  it("lets no spreadsheet run a text", () => expect(toCsv(["a"], [["=1+1"], ["-2"], [-2]])).toBe("a\r\n'=1+1\r\n'-2\r\n-2\r\n"));
  it("is Markdown as well", () => expect(toMarkdown(["a", "b"], [["x|y", null], [1, "two\nlines"]])).toBe("| a | b |\n| --- | --- |\n| x\\|y |  |\n| 1 | two lines |\n"));
});
