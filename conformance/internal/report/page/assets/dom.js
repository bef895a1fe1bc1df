const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);

// el creates an element. Text is never parsed as markup, whatever a report contains.
function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") node.className = value;
    else if (name === "on") for (const [type, f] of Object.entries(value)) node.addEventListener(type, f);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const svgSpace = "http://www.w3.org/2000/svg";

function sign(name) {
  const svg = document.createElementNS(svgSpace, "svg");
  svg.setAttribute("class", "sign");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(svgSpace, "use");
  use.setAttribute("href", "#s-" + name);
  svg.append(use);
  return svg;
}

// drawBars sets the widths of the parts of each bar.
function drawBars() {
  for (const bar of all(".bar")) {
    const parts = all("rect", bar);
    const counts = parts.map((part) => Number(part.dataset.count));
    const whole = counts.reduce((sum, count) => sum + count, 0);
    let from = 0;
    parts.forEach((part, i) => {
      part.setAttribute("x", (100 * from) / whole + "%");
      part.setAttribute("width", `calc(${(100 * counts[i]) / whole}% - ${i < parts.length - 1 ? 1.5 : 0}px)`);
      part.style.width = part.getAttribute("width");
      part.setAttribute("height", "100%");
      from += counts[i];
    });
  }
}
