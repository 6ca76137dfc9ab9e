const SVG = "http://www.w3.org/2000/svg";
const BAND = 32; // above and below the chart, for words
const LINE = 20; // of the legend
const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight", "text-anchor"];

/** A token's colour in the theme on screen, as other programs understand it. */
function colorNow(token: string): string {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(${token})`;
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

function element(name: string, attributes: Record<string, string | number>, text = ""): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  made.textContent = text;
  return made;
}

/** The chart's legend in lines of at most `width`, which is not on screen where a table has the names. */
function legendOf(chart: SVGSVGElement, width: number, font: string): { marks: SVGElement[]; height: number } {
  const context = document.createElement("canvas").getContext("2d")!;
  context.font = `11px ${font}`;
  const marks: SVGElement[] = [];
  let [x, y] = [8, 0];
  for (const item of chart.parentElement?.querySelectorAll("li") ?? []) {
    const name = item.textContent;
    const room = 32 + context.measureText(name).width;
    if (x > 8 && x + room > width) [x, y] = [8, y + LINE];
    marks.push(
      element("rect", { x, y, width: 10, height: 10, rx: 2, fill: getComputedStyle(item.querySelector("rect")!).fill }),
      element("text", { x: x + 16, y: y + 9, fill: colorNow("--text-2"), "font-family": font, "font-size": 11 }, name),
    );
    x += room;
  }
  return { marks, height: marks.length > 0 ? y + LINE : 0 };
}

/** A chart as it looks now, between its title, and its legend and a line of text, as an SVG that needs no style sheet. */
export function toSvg(chart: SVGSVGElement, title: string, footer: string): SVGElement {
  const { width, height } = chart.getBoundingClientRect();
  const clone = chart.cloneNode(true) as SVGSVGElement;
  const originals = chart.querySelectorAll<SVGElement>("*");
  clone.querySelectorAll<SVGElement>("*").forEach((node, i) => {
    const look = getComputedStyle(originals[i]!);
    for (const name of LOOKS) {
      node.removeAttribute(name);
      node.style.setProperty(name, look.getPropertyValue(name));
    }
  });
  for (const [name, value] of Object.entries({ y: BAND, width, height })) clone.setAttribute(name, String(value));
  const font = getComputedStyle(document.documentElement).getPropertyValue("--font");
  const legend = legendOf(chart, width, font);
  const below = element("g", { transform: `translate(0 ${height + BAND + 8})` });
  below.append(...legend.marks);
  const picture = element("svg", { xmlns: SVG, width, height: height + legend.height + 2 * BAND });
  picture.append(
    element("rect", { width: "100%", height: "100%", fill: colorNow("--surface") }),
    element("text", { x: 8, y: 20, fill: colorNow("--text"), "font-family": font, "font-size": 14, "font-weight": 600 }, title),
    clone,
    below,
    element("text", { x: 8, y: height + legend.height + BAND + 20, fill: colorNow("--text-2"), "font-family": font, "font-size": 11 }, footer),
  );
  return picture;
}

export const svgText = (picture: SVGElement): string => new XMLSerializer().serializeToString(picture);

/** The same as a PNG at twice its size. */
export async function toPng(picture: SVGElement): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(picture))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width * 2;
  canvas.height = image.height * 2;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"));
}
