// Takes each whole state as it comes and hands it to the panes; nothing here remembers what was before.

import { el } from "./dom.js";
import { DiscordPane } from "./discord.js";
import { TelegramPane } from "./telegram.js";
import { Wire } from "./wire.js";

const token = document.querySelector("meta[name=playground-token]").content;
const byId = (id) => document.getElementById(id);
let run = "";

export async function act(action) {
  try {
    const response = await fetch("/do", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Playground-Token": token },
      body: JSON.stringify(action),
    });
    const answer = await response.json();
    if (response.ok) return { ok: true, result: answer.result };
    toast(answer.error);
  } catch {
    toast("The playground does not answer: is it still running?");
  }
  return { ok: false };
}

function toast(text) {
  const made = el("p", {}, text);
  byId("toasts").append(made);
  setTimeout(() => made.remove(), 6000);
}

function announce(text) {
  byId("said").textContent = text;
}

const panes = [new DiscordPane(byId("discord"), act, announce, toast), new TelegramPane(byId("telegram"), act, announce, toast)];
const wire = new Wire(byId("wire"), act);

function show(state) {
  if (run && run !== state.run) return location.reload(); // another playground: its page holds another word
  run = state.run;
  byId("model").textContent = state.model.offline
    ? "The real bot on simulated platforms. The offline guide answers, which is not a language model."
    : `The real bot on simulated platforms. Real models answer, by ${state.model.name}.`;
  const bot = state.bot;
  const words = { running: "The bot is running", starting: bot.starts > 1 ? "The bot is coming back …" : "The bot is starting …", stopped: `The bot cannot start: ${bot.reason}` };
  const said = words[bot.state] + (bot.state === "running" && bot.starts > 1 ? ` (start ${bot.starts})` : "");
  if (byId("bot").textContent !== said) byId("bot").textContent = said;
  byId("bot").dataset.state = bot.state;
  for (const pane of panes) pane.show(state);
  wire.show(state);
  document.body.dataset.ready = "yes";
}

function connect() {
  const source = new EventSource("/events");
  source.onmessage = (event) => show(JSON.parse(event.data));
  source.onerror = () => {
    byId("bot").textContent = "The playground does not answer; trying again …";
    byId("bot").dataset.state = "stopped";
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  };
}

// Light and dark

function themed() {
  byId("theme").textContent = document.documentElement.dataset.theme === "dark" ? "Light" : "Dark";
  byId("theme").setAttribute("aria-label", `Switch to ${byId("theme").textContent.toLowerCase()} colours`);
}

byId("theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme !== "dark";
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  localStorage.setItem("theme", dark ? "dark" : "light");
  themed();
});
themed();

// On narrow screens one part is seen at a time

const tabs = [...document.querySelectorAll("[role=tab]")];

function choose(tab, focus = false) {
  for (const each of tabs) {
    each.setAttribute("aria-selected", String(each === tab));
    each.tabIndex = each === tab ? 0 : -1;
  }
  document.body.dataset.part = tab.getAttribute("aria-controls");
  sessionStorage.setItem("part", tab.id);
  if (focus) tab.focus();
}

tabs.forEach((tab, index) => {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) choose(tabs[(index + step + tabs.length) % tabs.length], true);
  });
});
choose(byId(sessionStorage.getItem("part") ?? "tab-discord") ?? tabs[0]);

connect();
