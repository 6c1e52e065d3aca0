// Keys of the review page: j/k move, a/r/e decide on the current candidate, u undoes. Not while typing.
const candidates = () => [...document.querySelectorAll("[data-candidate]")];
let at = -1;

function go(to) {
  const all = candidates();
  if (!all.length) return;
  at = Math.max(0, Math.min(to, all.length - 1));
  all.forEach((one, index) => one.classList.toggle("current", index === at));
  all[at].focus();
  all[at].scrollIntoView({ block: "center" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  if (event.key === "j") return go(at + 1);
  if (event.key === "k") return go(at - 1);
  if (event.key === "u") return document.querySelector("[data-key=u]")?.click();
  const current = candidates()[at];
  if (!current) return;
  const button = current.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
  if (event.key === "e") current.querySelector("details.edit input")?.focus();
});

// After a decision the article was replaced: stand on the next one.
document.addEventListener("submit", (event) => {
  const article = event.target.closest("[data-candidate]");
  if (article) at = candidates().indexOf(article);
});
document.addEventListener("htmx:after:swap", () => go(at + 1));
