// Elements are only ever made here, from names that stand in our own code; what comes from outside becomes text nodes.

const ADDRESS = /^https?:\/\//;

export function el(name, given = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (value === false || value === undefined || value === null) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((each) => each !== null && each !== undefined && each !== ""));
  return made;
}

export const web = (address) => (ADDRESS.test(address) ? address : null);

const MADE = {
  strong: (children) => el("strong", {}, children),
  em: (children) => el("em", {}, children),
  underline: (children) => el("u", {}, children),
  strike: (children) => el("s", {}, children),
  code: (children) => el("code", {}, children),
  pre: (children, info) => el("pre", { tabindex: "0", "aria-label": info ? `Code, ${info}` : "Code", "data-language": info }, el("code", {}, children)),
  quote: (children) => el("blockquote", {}, children),
  folded: (children) => el("details", { class: "folded" }, el("summary", {}, "Thoughts"), el("blockquote", {}, children)),
  heading: (children, info) => el("div", { class: `heading h${info}`, role: "heading", "aria-level": String(Number(info) + 3) }, children),
  subtext: (children) => el("div", { class: "subtext" }, children),
  list: (children) => el("ul", {}, children),
  ordered: (children, info) => el("ol", { start: info || "1" }, children),
  item: (children, info) => el("li", { class: info && info !== "0" ? `deep${Math.min(3, Number(info) || 0)}` : false }, children),
  mention: (children) => el("span", { class: "mention" }, children),
  link: (children, info) => (web(info) ? el("a", { href: info, target: "_blank", rel: "noopener noreferrer nofollow" }, children) : el("span", {}, children)),
  spoiler,
};

export function tree(nodes) {
  return nodes.map((each) => {
    if (typeof each === "string") return document.createTextNode(each);
    const make = MADE[each.kind] ?? ((children) => el("span", {}, children));
    return make(tree(each.children), each.info ?? "");
  });
}

export const plain = (nodes) => nodes.map((each) => (typeof each === "string" ? each : plain(each.children))).join("");

function spoiler(children) {
  const inner = el("span", { class: "hidden-text", "aria-hidden": "true" }, children);
  const made = el("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Hidden text: press to show" }, inner);
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    reveal(made);
  };
  made.addEventListener("click", show);
  made.addEventListener("keydown", show);
  return made;
}

function reveal(made) {
  made.classList.add("open");
  for (const name of ["role", "tabindex", "aria-label"]) made.removeAttribute(name);
  made.firstChild.removeAttribute("aria-hidden");
}

// What a person has opened stays open when a message is drawn anew.
export function keepOpen(before, after) {
  const opened = [...before.querySelectorAll(".spoiler")].map((each) => each.classList.contains("open"));
  [...after.querySelectorAll(".spoiler")].forEach((each, index) => opened[index] && reveal(each));
  const unfolded = [...before.querySelectorAll("details")].map((each) => each.open);
  [...after.querySelectorAll("details")].forEach((each, index) => { each.open = Boolean(unfolded[index]); });
  const revealed = new Set([...before.querySelectorAll("figure.revealed")].map((each) => each.dataset.key));
  after.querySelectorAll("figure").forEach((each) => revealed.has(each.dataset.key) && each.classList.add("revealed"));
}
