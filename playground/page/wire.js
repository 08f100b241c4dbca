// The ledger: what went over the wire, the newest on top; above it the buttons that make trouble.

import { el } from "./dom.js";

const TROUBLE = [
  ["kill", "", "Kill the bot", "SIGKILL: it comes back at once and takes up what was asked"],
  ["429", "discord", "429 on Discord", "The next write of an answer has to wait 2 s"],
  ["429", "telegram", "429 on Telegram", "The next write of an answer has to wait 2 s"],
  ["cut", "", "Cut the stream", "The answer that is being made, or the next one, breaks off"],
  ["slow", "", "Slow model", "The next answer lets you wait 11 s, then drips"],
];

export class Wire {
  constructor(root, act) {
    this.buttons = TROUBLE.map(([kind, platform, label, hint]) => {
      const button = el("button", { type: "button", title: hint, class: kind === "kill" ? "trouble grave" : "trouble", "data-trouble": `${kind}${platform && `-${platform}`}`, onmouseenter: () => this.tell(hint), onfocus: () => this.tell(hint), onmouseleave: () => this.tell(""), onblur: () => this.tell(""), onclick: () => act({ do: "trouble", kind, platform }) }, label);
      if (kind !== "kill") button.setAttribute("aria-pressed", "false");
      return [kind === "429" ? `429-${platform}` : kind, button];
    });
    this.hint = el("p", { class: "trouble-hint", "aria-hidden": "true" });
    this.list = el("ol", { class: "lines", tabindex: "0", "aria-labelledby": "wire-title" });
    this.known = new Map();
    this.tell("");
    root.append(
      el("fieldset", { class: "troubles" }, el("legend", {}, "Make trouble"), this.buttons.map(([, button]) => button), this.hint),
      el("h2", { id: "wire-title" }, "On the wire"),
      this.list,
    );
  }

  tell(hint) {
    this.hint.textContent = hint || "See how the bot takes it: everything asked is answered in the end, or said to have failed.";
  }

  show(state) {
    for (const [name, button] of this.buttons) {
      if (name === "kill") button.disabled = state.bot.state !== "running";
      else button.setAttribute("aria-pressed", String(Boolean(state.armed[name])));
    }
    const lines = state.wire;
    const alive = new Set(lines.map((line) => line.id));
    for (const [id, [, node]] of this.known) if (!alive.has(id)) { node.remove(); this.known.delete(id); }
    let after = null; // the line above: the newest comes first
    for (const line of [...lines].reverse()) {
      const json = JSON.stringify(line);
      const before = this.known.get(line.id);
      let node = before?.[1];
      if (!before || before[0] !== json) {
        node = draw(line);
        before?.[1].replaceWith(node);
        this.known.set(line.id, [json, node]);
      }
      if ((after ? after.nextSibling : this.list.firstChild) !== node) this.list.insertBefore(node, after ? after.nextSibling : this.list.firstChild);
      after = node;
    }
  }
}

function draw(line) {
  const outcome = line.status ? String(line.status) : "…";
  return el(
    "li", { class: `line ${line.tone}${line.note ? " long" : ""}` },
    el("span", { class: "at" }, line.at),
    el("span", { class: `where ${line.where}` }, line.where),
    el("span", { class: "request" }, line.request),
    el("span", { class: "outcome" }, line.note ? `${outcome}, ${line.note}` : outcome),
    line.more ? el("span", { class: "more" }, line.more) : null,
  );
}
