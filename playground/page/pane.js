// One platform's pane: who one is, where one is, the messages there, and the place to write. What only one platform has
// is in discord.js and telegram.js.

import { el, keepOpen, plain, tree, web } from "./dom.js";
import { base64, shownFile } from "./files.js";
import { Choices, Menu } from "./menu.js";

const NEAR = 80; // pixels from the end within which a list follows what is new
const UPLOAD_LIMIT = 8 * 2 ** 20;

export class Pane {
  constructor(root, name, title, act, announce, toast) {
    Object.assign(this, { root, name, title, act, announce, toast });
    this.person = sessionStorage.getItem(`${name}.person`) ?? "member";
    this.chosen = sessionStorage.getItem(`${name}.place`) ?? "";
    this.known = new Map(); // id of a message -> [JSON, element]
    this.reply = this.editing = null;
    this.file = null;
    this.state = null;
    this.first = this.follows = true;
    this.build();
  }

  // The frame

  build() {
    const name = this.name;
    this.people = el("fieldset", { class: "switch" }, el("legend", { class: "unseen" }, `Who you are on ${this.title}`));
    this.places = el("fieldset", { class: "switch" }, el("legend", { class: "unseen" }, `Where you are on ${this.title}`));
    this.list = el("ol", { class: "messages", tabindex: "0", "aria-label": `Messages on ${this.title}` });
    this.hint = el("div", { class: "hint" });
    this.typing = el("p", { class: "typing", "aria-hidden": "true" });
    this.about = el("div", { class: "about" });
    this.input = el("textarea", {
      id: `${name}-input`, rows: "1", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-haspopup": "listbox",
      "aria-controls": `${name}-choices`, "aria-label": `Write on ${this.title}`, maxlength: "20000",
      onkeydown: (event) => this.key(event), oninput: () => this.typed(), onpaste: (event) => this.pasted(event),
    });
    this.choices = new Choices(`${name}-choices`, this.input, (choice) => this.choose(choice));
    this.picker = el("input", { type: "file", class: "unseen", tabindex: "-1", "aria-hidden": "true", onchange: () => this.attach(this.picker.files[0]) });
    this.menu = new Menu(this.root);
    this.form = el(
      "form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.send(); } },
      el("button", { type: "button", class: "round", "aria-label": "Attach a file", title: "Attach a file", onclick: () => this.picker.click() }, "+"),
      el("button", { type: "button", class: "round", "aria-label": "Commands", title: "Commands", onclick: () => this.slash() }, "/"),
      this.input,
      el("button", { class: "send", "aria-label": "Send" }, "Send"),
      this.picker,
    );
    this.foot = el("div", { class: "foot" }, this.about, this.choices.list, this.form);
    this.root.append(
      el("header", {}, el("h2", { id: `${name}-title` }, this.title), this.people, this.places),
      el("div", { class: "talk" }, this.list, this.hint), this.typing, this.foot,
    );
    new ResizeObserver(() => { if (this.follows) this.bottom(); }).observe(this.list);
    this.list.addEventListener("scroll", () => { this.follows = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR; });
    this.input.value = sessionStorage.getItem(`${name}.draft`) ?? "";
  }

  // The state

  show(state) {
    this.bot = state.bot;
    this.state = state[this.name];
    const place = this.place();
    this.switches(place);
    this.messages(place);
    this.typing.textContent = place.typing ? `${this.state.bot} is typing …` : "";
    this.input.placeholder = this.placeholder(place);
    this.more?.(place);
    this.first = false;
  }

  seen() {
    return this.state.places.filter((each) => !each.private || each.private === this.person);
  }

  place() {
    const places = this.seen();
    return places.find((each) => each.id === this.chosen) ?? (this.chosen === "private" ? places.find((each) => each.private) : null) ?? this.standard(places);
  }

  standard(places) {
    return places.find((each) => each.private) ?? places[0];
  }

  go(place) {
    this.chosen = place.private ? "private" : place.id;
    sessionStorage.setItem(`${this.name}.place`, this.chosen);
    this.again();
  }

  be(person) {
    this.person = person;
    sessionStorage.setItem(`${this.name}.person`, person);
    this.again();
  }

  again() {
    this.quiet();
    this.show({ bot: this.bot, [this.name]: this.state });
    this.bottom();
  }

  switches(place) {
    const people = Object.entries(this.state.people).map(([person, name]) => [person, `${name}, ${person}`, person === this.person, () => this.be(person)]);
    this.choice(this.people, "person", people);
    const places = this.seen().map((each) => [each.id, each.name, each === place, () => this.go(each)]);
    this.choice(this.places, "place", places);
  }

  choice(fieldset, kind, options) {
    const json = JSON.stringify(options.map(([id, label]) => [id, label]));
    if (fieldset.dataset.json !== json) {
      fieldset.dataset.json = json;
      const focused = fieldset.contains(document.activeElement);
      fieldset.replaceChildren(fieldset.firstChild, ...options.map(([id, label]) =>
        el("label", {}, el("input", { type: "radio", name: `${this.name}-${kind}`, value: id }), el("span", {}, label))));
      if (focused) requestAnimationFrame(() => fieldset.querySelector("input:checked")?.focus());
    }
    [...fieldset.querySelectorAll("input")].forEach((input, index) => {
      const [, , chosen, take] = options[index];
      input.checked = chosen;
      input.onchange = take;
    });
  }

  // The messages

  messages(place) {
    const messages = place.messages.filter((each) => !each.only || each.only === this.person);
    const away = this.shownPlace !== `${place.id} ${this.person}`;
    this.follows ||= away;
    if (away) { this.known.clear(); this.list.replaceChildren(); this.menu.close(); }
    this.shownPlace = `${place.id} ${this.person}`;
    this.list.toggleAttribute("data-private", Boolean(place.private));
    const alive = new Set(messages.map((each) => each.id));
    for (const [id, [, node]] of this.known) if (!alive.has(id)) { node.remove(); this.known.delete(id); }
    let before = null;
    for (const message of messages) {
      const node = this.drawn(message, away);
      const next = before ? before.nextSibling : this.list.firstChild;
      if (next !== node) this.list.insertBefore(node, next);
      before = node;
    }
    if (this.follows) this.bottom();
    this.suggest(messages.length === 0, place);
  }

  bottom() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  drawn(message, away) {
    const json = JSON.stringify(message);
    const old = this.known.get(message.id);
    if (old?.[0] === json) return old[1];
    const node = this.draw(message);
    if (old) {
      keepOpen(old[1], node);
      const focus = old[1].contains(document.activeElement) ? document.activeElement.dataset.key : null;
      old[1].replaceWith(node);
      const again = [...node.querySelectorAll("[data-key]")];
      if (focus) (again.find((each) => each.dataset.key === focus) ?? again.at(-1))?.focus(); // a button that went leaves the menu
    }
    this.known.set(message.id, [json, node]);
    const fresh = !old || JSON.parse(old[0]).growing;
    if (message.bot && !message.growing && fresh && !away && !this.first) this.announce(`${message.author} on ${this.title}: ${plain(message.body).slice(0, 600)}`);
    return node;
  }

  draw(message) {
    const at = new Date(message.at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const kind = ["message", message.mine === this.person ? "own" : "", message.bot ? "bot" : "", message.system ? "system" : "", message.growing ? "growing" : ""];
    return el(
      "li", { class: kind.filter(Boolean).join(" "), "data-id": message.id },
      el("span", { class: "avatar", "aria-hidden": "true", "data-letter": message.author[0].toUpperCase() }),
      el(
        "article", { "aria-label": `${message.author}, ${at}` },
        message.used ? el("p", { class: "used" }, message.used) : null,
        message.reply ? el("p", { class: "replied" }, el("strong", {}, message.reply.author), ` ${message.reply.text}`) : null,
        el("p", { class: "head" }, el("strong", {}, message.author), message.bot ? el("span", { class: "tag" }, "bot") : null, el("time", {}, at), message.edited ? el("span", { class: "edited" }, "(edited)") : null),
        message.thinking ? el("p", { class: "thinking" }, `${message.author} is thinking`, el("span", { class: "dots", "aria-hidden": "true" }, " …")) : null,
        (message.files ?? []).map((each) => shownFile(each, () => { if (this.follows) this.bottom(); })),
        message.body.length ? el("div", { class: "body" }, tree(message.body)) : null,
        message.only ? el("p", { class: "only" }, "Only you can see this") : null,
        this.buttons(message),
      ),
      message.system || message.draft ? null : el("button", { type: "button", class: "dots-button", "aria-haspopup": "menu", "aria-label": `More about the message of ${message.author}, ${at}`, "data-key": "more", onclick: (event) => this.menu.open(event.currentTarget, this.entries(message)) }, "⋯"),
    );
  }

  buttons(message) {
    return (message.buttons ?? []).map((row) => el("div", { class: "buttons" }, row.map((each) => (each.url
      ? el("a", { class: "button", href: web(each.url), target: "_blank", rel: "noopener noreferrer nofollow" }, each.label)
      : el("button", { type: "button", class: `button style${Number(each.style) || 2}`, "data-key": each.id, disabled: Boolean(each.disabled), onclick: () => this.act({ do: "press", platform: this.name, person: this.person, message: message.id, button: each.id }) }, each.label)))));
  }

  entries(message) {
    const own = message.mine === this.person;
    return [
      ["Reply", () => { this.reply = message; this.editing = null; this.told(); this.input.focus(); }],
      ...(own && message.source ? [["Edit", () => this.edit(message)]] : []),
      ...(own || this.person === "admin" ? [["Delete", () => this.act({ do: "delete", platform: this.name, person: this.person, message: message.id })]] : []),
    ];
  }

  suggest(empty, place) {
    const wanted = empty ? `${place.id} ${this.person}` : "";
    if (this.hint.dataset.for === wanted) return;
    this.hint.dataset.for = wanted;
    this.hint.replaceChildren(...(empty ? [
      el("p", {}, el("strong", {}, this.greeting(place))),
      el("div", { class: "chips" }, this.ideas(place).map((text) => el("button", { type: "button", class: "chip", onclick: () => { this.say(text); this.input.focus(); } }, text))),
    ] : []));
  }

  // Writing

  key(event) {
    if (this.choices.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.send(); }
    if (event.key === "Escape") this.quiet();
  }

  typed() {
    sessionStorage.setItem(`${this.name}.draft`, this.input.value);
    const found = /^\/([\w ]*)$/.exec(this.input.value);
    this.choices.offer(found ? this.commands().filter((each) => each.name.startsWith(found[1])) : []);
  }

  slash() {
    this.input.value = "/";
    this.input.focus();
    this.typed();
  }

  write(text) {
    this.input.value = text;
    this.input.focus();
    this.input.setSelectionRange(text.length, text.length);
    this.typed();
  }

  pasted(event) {
    if (event.clipboardData.files.length) { event.preventDefault(); this.attach(event.clipboardData.files[0]); }
  }

  async attach(file) {
    if (!file) return;
    if (file.size > UPLOAD_LIMIT) return this.toast("Here a file may have 8 MB.");
    this.file = { name: file.name, data: await base64(file) };
    this.picker.value = "";
    this.told();
    this.input.focus();
  }

  edit(message) {
    this.editing = message;
    this.reply = null;
    this.write(message.source);
    this.told();
  }

  quiet() {
    this.reply = this.editing = this.file = null;
    this.choices.close();
    this.told();
  }

  told() {
    const said = this.editing ? "Editing your message" : this.reply ? `Replying to ${this.reply.author}` : "";
    this.about.replaceChildren(...[said, this.file ? `Attached: ${this.file.name}` : ""].filter(Boolean).map((text) => el("span", {}, text)));
    if (this.about.childNodes.length) this.about.append(el("button", { type: "button", class: "plain", onclick: () => { this.quiet(); this.input.focus(); } }, "Cancel"));
  }

  async send() {
    const text = this.input.value.trim();
    if (!text && !this.file) return;
    if (this.editing) await this.hand({ do: "edit", message: this.editing.id, text });
    else if (!this.takes?.(text)) await this.say(text);
  }

  say(text) {
    return this.hand({ do: "say", place: this.place().id, text, reply: this.reply?.id ?? "", file: this.file });
  }

  // The place to write is free at once; what was refused comes back to it.
  async hand(action) {
    const { reply, editing, file } = this;
    this.input.value = "";
    this.typed();
    this.quiet();
    this.bottom();
    const answer = await this.act({ platform: this.name, person: this.person, ...action });
    if (answer.ok || this.input.value) return;
    Object.assign(this, { reply, editing, file });
    this.write(action.text);
    this.told();
  }
}
