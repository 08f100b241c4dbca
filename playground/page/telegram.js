// What only Telegram has: the menu from setMyCommands, and the notices that answer a pressed button.

import { Pane } from "./pane.js";

export class TelegramPane extends Pane {
  constructor(root, act, announce, toast) {
    super(root, "telegram", "Telegram", act, announce, toast);
    this.notices = null;
  }

  commands() {
    return this.state.menus[`${this.person} ${this.place().id}`] ?? [];
  }

  choose(choice) {
    this.write(`/${choice.name} `);
  }

  placeholder(place) {
    return place.private ? "Message" : `@${this.state.bot} or /command`;
  }

  greeting(place) {
    return place.private ? "A private chat with the bot." : "A group: with privacy mode the bot hears its name, replies and commands.";
  }

  ideas(place) {
    return place.private
      ? ["What can you do?", "Write something long", "/imagine a lighthouse at night"]
      : [`@${this.state.bot} what can you do?`, "/chat count to 200", "/sentiment I love how fast this is!"];
  }

  more() {
    const notices = this.state.notices;
    const known = this.notices;
    this.notices = new Set(notices.map((each) => each.id));
    if (!known) return;
    for (const each of notices) if (!known.has(each.id) && each.person === this.person) this.toast(each.text);
  }
}
