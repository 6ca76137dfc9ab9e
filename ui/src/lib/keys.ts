/** What the keys do; those that lead to pages are made of the pages' list. */
export const SHORTCUTS: [string, string][] = [
  ["Ctrl K", "find anything"], ["D", "choose the range"], ["← →", "previous, next period"], ["X", "compare"], ["F", "add a filter"], ["/", "filter or search what is shown, else find anything"], ["I", "next interval"], ["B", "breakdown"],
  ["V", "chart or table"], ["E", "export"], ["S", "copy the link to this view"], ["R", "refresh"], ["N", "annotate the point of a chart"], ["0", "leave the zoom"], [".", "pause the live page"],
  ["Shift F", "a dashboard over the whole screen"], ["Shift Alt F", "format the query"], ["Esc", "close, else remove the filters"],
];
/** As `aria-keyshortcuts` writes it. */
export const ariaKey = (key: string): string => key.split(" ").map((part, i, all) => (i < all.length - 1 ? part : part.toLowerCase())).join("+");
