// What only Discord has: slash commands with options that are filled in, commands in a message's menu, and forms.

import { el } from "./dom.js";
import { base64 } from "./files.js";
import { Pane } from "./pane.js";

const TEXT = 3, INT = 4, FLAG = 5, FLOAT = 10, FILE = 11; // types of options
const PAUSE = 200; // milliseconds after the last key, before completions are asked for

export class DiscordPane extends Pane {
  constructor(root, act, announce, toast) {
    super(root, "discord", "Discord", act, announce, toast);
    this.filled = null;
    this.opened = "";
    this.dialog = el("dialog", { class: "form", "aria-labelledby": "discord-form-title", oncancel: () => this.dismiss() });
    root.append(this.dialog);
  }

  offered(about) {
    const here = this.place().private ? "alone" : "for";
    return this.state.commands.filter((each) => each.about === about && each[here].includes(this.person));
  }

  commands() {
    return this.offered(false);
  }

  entries(message) {
    const person = this.person;
    const about = message.only ? [] : this.offered(true);
    const named = about.map((each) => [each.name, () => this.act({ do: "about", platform: this.name, person, place: this.place().id, name: each.name, message: message.id })]);
    return [...super.entries(message), ...named];
  }

  placeholder(place) {
    return place.private ? `Message @${this.state.bot}` : `Message ${place.name}, @${this.state.bot} or /`;
  }

  greeting(place) {
    return place.private ? "A direct message to the bot." : "A channel: the bot answers to its mention, to replies and to slash commands.";
  }

  ideas(place) {
    const ideas = ["what can you do?", "write something long", "count to 200"];
    return ideas.map((each) => (place.private ? each[0].toUpperCase() + each.slice(1) : `@${this.state.bot} ${each}`));
  }

  // A line that begins with a command opens it, with the rest as its first text.
  takes(text) {
    const found = /^\/(\w+)\s*([^]*)$/.exec(text);
    const command = found && this.commands().find((each) => each.name === found[1]);
    if (!command) return false;
    this.choose(command, found[2]);
    return true;
  }

  choose(command, rest = "") {
    this.input.value = "";
    this.typed();
    this.leave();
    const first = command.options.find((each) => each.type === TEXT && !each.choices);
    const fields = command.options.map((each) => this.field(command, each, each === first ? rest : ""));
    const needed = fields.filter((each) => each.option.required);
    const shown = needed.length ? needed : fields.slice(0, 1);
    const others = fields.filter((each) => !shown.includes(each));
    this.filled = el(
      "form", { class: "command", "aria-label": `/${command.name}`, onsubmit: (event) => { event.preventDefault(); this.sendCommand(command, fields); }, onkeydown: (event) => this.commandKey(event, command, fields) },
      el("p", {}, el("strong", {}, `/${command.name}`), ` ${command.summary}`),
      shown.map((each) => each.node),
      others.length ? el("details", {}, el("summary", {}, `${others.length} more that may be left out`), others.map((each) => each.node)) : null,
      el("p", { class: "row" }, el("button", { class: "send" }, `Send /${command.name}`), el("button", { type: "button", class: "plain", onclick: () => { this.leave(); this.input.focus(); } }, "Cancel")),
    );
    this.foot.insertBefore(this.filled, this.form);
    (this.filled.querySelector("input, select, textarea") ?? this.filled.querySelector("button")).focus();
  }

  commandKey(event, command, fields) {
    if (event.key === "Escape") { this.leave(); this.input.focus(); }
    if (event.key === "Enter" && !event.shiftKey && event.target.tagName === "TEXTAREA") { event.preventDefault(); this.sendCommand(command, fields); }
  }

  leave() {
    this.filled?.remove();
    this.filled = null;
  }

  field(command, option, value) {
    const id = `discord-option-${option.name}`;
    const input = this.inputOf(command, option, id);
    if (value) input.value = value;
    const label = el("label", { for: id }, option.name, option.required ? el("span", { class: "needed" }, " needed") : null, el("small", {}, ` ${option.description}`));
    return { option, input, node: el("div", { class: option.type === FLAG ? "field flag" : "field" }, label, input, input.list ?? null) };
  }

  inputOf(command, option, id) {
    const plain = { id, required: Boolean(option.required) };
    if (option.choices) return el("select", plain, option.required ? null : el("option", { value: "" }, "–"), option.choices.map((each) => el("option", { value: each.value }, each.name)));
    if (option.type === FLAG) return el("input", { id, type: "checkbox" });
    if (option.type === FILE) return el("input", { ...plain, type: "file" });
    if (option.type === INT || option.type === FLOAT) return el("input", { ...plain, type: "number", min: option.min_value, max: option.max_value, step: option.type === INT ? "1" : "any" });
    if (!option.autocomplete) return el("textarea", { ...plain, rows: "1", maxlength: option.max_length });
    const list = el("datalist", { id: `${id}-list` });
    let timer = 0;
    const complete = async () => {
      const answer = await this.act({ do: "complete", platform: this.name, person: this.person, place: this.place().id, name: command.name, option: option.name, typed: input.value });
      if (answer.ok) list.replaceChildren(...answer.result.map((each) => el("option", { value: each })));
    };
    const input = el("input", { ...plain, type: "text", autocomplete: "off", list: list.id, onfocus: complete, oninput: () => { clearTimeout(timer); timer = setTimeout(complete, PAUSE); } });
    const node = el("span", { class: "completed" }, input, list);
    Object.defineProperty(node, "value", { get: () => input.value, set: (text) => { input.value = text; } });
    return node;
  }

  async sendCommand(command, fields) {
    const options = {};
    for (const { option, input } of fields) {
      const value = await valueOf(option, input);
      if (value !== null) options[option.name] = value;
    }
    const answer = await this.act({ do: "command", platform: this.name, person: this.person, place: this.place().id, name: command.name, options });
    if (!answer.ok) return;
    this.leave();
    this.input.focus();
    this.bottom();
  }

  // Forms that the bot opens

  more() {
    const form = this.state.forms.find((each) => each.person === this.person);
    if ((form?.id ?? "") === this.opened) return;
    this.opened = form?.id ?? "";
    if (!form) return this.dialog.close();
    const text = el("textarea", { id: "discord-form-text", rows: "5", maxlength: String(form.most), placeholder: form.placeholder });
    text.value = form.value;
    this.dialog.replaceChildren(el(
      "form", { onsubmit: async (event) => { event.preventDefault(); await this.act({ do: "submit", platform: this.name, person: this.person, form: form.id, text: text.value }); } },
      el("h3", { id: "discord-form-title" }, form.title),
      el("label", { for: "discord-form-text" }, form.label), text,
      el("p", { class: "row" }, el("button", { class: "send" }, "Submit"), el("button", { type: "button", class: "plain", onclick: () => this.dismiss() }, "Cancel")),
    ));
    this.dialog.showModal();
    text.focus();
  }

  dismiss() {
    this.act({ do: "dismiss", platform: this.name, person: this.person, form: this.opened });
  }
}

async function valueOf(option, input) {
  if (option.type === FLAG) return input.checked ? true : null;
  if (option.type === FILE) return input.files[0] ? { name: input.files[0].name, data: await base64(input.files[0]) } : null;
  const text = input.value.trim();
  if (!text) return null;
  return option.type === INT || option.type === FLOAT ? Number(text) : text;
}
