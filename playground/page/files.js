// Files, in both directions: as a message shows them, and as they are sent.

import { el } from "./dom.js";

// `grown` is called when a picture has its size.
export function shownFile(file, grown) {
  if (file.kind === "image") return picture(file, grown);
  if (file.kind === "audio") return el("audio", { controls: true, preload: "none", src: file.url, "aria-label": file.name });
  return el("a", { class: "file", href: file.url, download: file.name }, el("span", { "aria-hidden": "true" }, "↓ "), file.name, el("small", {}, ` ${size(file.size)}`));
}

function picture(file, grown) {
  const image = el("img", { src: file.url, alt: file.alt || file.name, onload: grown });
  const figure = el("figure", { class: file.spoiler ? "spoilt" : false, "data-key": file.url }, el("a", { href: file.url, target: "_blank" }, image));
  if (file.spoiler) figure.append(el("button", { type: "button", class: "uncover", onclick: () => figure.classList.add("revealed") }, "Show the picture"));
  return figure;
}

export function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

const size = (bytes) => (bytes < 1024 ? `${bytes} bytes` : bytes < 2 ** 20 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`);
