// A list to choose from while one writes, and a menu that opens beside a button; both go by the arrow keys and Escape.

import { el } from "./dom.js";

export class Choices {
  constructor(id, input, choose) {
    this.input = input;
    this.choose = choose;
    this.list = el("ul", { id, class: "choices", role: "listbox", "aria-label": "Commands", hidden: true });
    this.offered = [];
    this.at = 0;
  }

  offer(choices) {
    this.offered = choices;
    this.at = 0;
    this.list.hidden = !choices.length;
    this.input.setAttribute("aria-expanded", String(choices.length > 0));
    this.list.replaceChildren(...choices.map((each, index) =>
      el("li", { id: `${this.list.id}-${index}`, role: "option", onmousedown: (event) => { event.preventDefault(); this.take(index); } }, el("strong", {}, `/${each.name}`), el("span", {}, each.summary))));
    this.mark();
  }

  close() {
    this.offer([]);
  }

  mark() {
    [...this.list.children].forEach((each, index) => each.setAttribute("aria-selected", String(index === this.at)));
    const marked = this.list.children[this.at];
    if (marked) this.input.setAttribute("aria-activedescendant", marked.id);
    else this.input.removeAttribute("aria-activedescendant");
    marked?.scrollIntoView({ block: "nearest" });
  }

  take(index) {
    const choice = this.offered[index];
    this.close();
    this.choose(choice);
  }

  // Whether the key was for the list.
  key(event) {
    if (!this.offered.length) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.at = (this.at + step + this.offered.length) % this.offered.length;
    else if (event.key === "Enter" || event.key === "Tab") this.take(this.at);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    this.mark();
    return true;
  }
}

export class Menu {
  constructor(root) {
    this.node = el("div", { class: "menu", role: "menu", hidden: true, onkeydown: (event) => this.key(event), onfocusout: (event) => { if (!this.node.contains(event.relatedTarget)) this.close(); } });
    root.append(this.node);
  }

  open(button, entries) {
    this.button = button;
    this.node.replaceChildren(...entries.map(([label, run]) =>
      el("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => { this.close(); run(); } }, label)));
    this.node.hidden = false;
    const [pane, at] = [this.node.offsetParent.getBoundingClientRect(), button.getBoundingClientRect()];
    const below = at.bottom - pane.top + 4;
    this.node.style.top = `${Math.max(8, Math.min(below, pane.height - this.node.offsetHeight - 8))}px`;
    this.node.style.right = `${Math.max(8, pane.right - at.right)}px`;
    this.node.firstChild?.focus();
  }

  close() {
    this.node.hidden = true;
  }

  key(event) {
    const items = [...this.node.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") { this.close(); this.button?.focus(); }
    else return;
    event.preventDefault();
  }
}
