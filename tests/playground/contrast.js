// Every text that stands on the page with less contrast to its ground than 4.5 (WCAG 2.2, 1.4.3).
() => {
  const parts = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (colour.startsWith("color(")) return parts(colour).slice(0, 3).map((v) => v * 255);
      const [r, g, b, a = 1] = parts(colour);
      if (a > 0.9) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((each) => each.nodeType === 3 && each.textContent.trim());
    const box = node.getBoundingClientRect();
    const spared = ".unseen, .skip, [hidden], .spoiler:not(.open), :disabled, .dots-button, noscript";
    if (!own || !box.width || node.closest(spared)) continue;
    const [one, two] = [light(parts(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    const named = `${node.className || node.tagName} ${ratio.toFixed(2)} ${node.textContent.slice(0, 30)}`;
    if (ratio < 4.5) weak.push(named);
  }
  return weak;
}
