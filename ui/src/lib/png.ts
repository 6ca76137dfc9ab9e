/** A token's colour in the theme on screen, as a canvas understands it. */
function colorNow(token: string): string {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(${token})`;
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

/** Draws an SVG element as a PNG at twice its size, as it looks now, with lines of text above and below it. */
export async function toPng(svg: SVGSVGElement, title: string, footer: string): Promise<Blob> {
  const { width, height } = svg.getBoundingClientRect();
  const clone = svg.cloneNode(true) as SVGSVGElement;
  const originals = svg.querySelectorAll<SVGElement>("*");
  clone.querySelectorAll<SVGElement>("*").forEach((node, i) => {
    const look = getComputedStyle(originals[i]!);
    for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font", "text-anchor"]) node.setAttribute(name, look.getPropertyValue(name));
  });
  clone.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  clone.setAttribute("width", String(width));
  clone.setAttribute("height", String(height));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(clone))}`;
  await image.decode();
  const band = 32;
  const canvas = document.createElement("canvas");
  canvas.width = width * 2;
  canvas.height = (height + 2 * band) * 2;
  const context = canvas.getContext("2d")!;
  const font = getComputedStyle(document.documentElement).getPropertyValue("--font");
  context.scale(2, 2);
  context.fillStyle = colorNow("--surface");
  context.fillRect(0, 0, width, height + 2 * band);
  context.fillStyle = colorNow("--text");
  context.font = `600 14px ${font}`;
  context.fillText(title, 8, 20);
  context.drawImage(image, 0, band);
  context.fillStyle = colorNow("--text-2");
  context.font = `400 11px ${font}`;
  context.fillText(footer, 8, height + band + 20);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"));
}
