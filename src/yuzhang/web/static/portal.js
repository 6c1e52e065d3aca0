// "/" goes to the search field of the header, unless the page has a search of its own; Escape puts its suggestions away, arrows walk them.
const field = document.querySelector("[data-find]");
const box = document.getElementById("suggestions");
const links = () => [...box.querySelectorAll("a")];

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    if (box?.childElementCount) {
      box.replaceChildren();
      field.focus();
    }
    return;
  }
  if (event.key === "/" && !event.target.closest("input, select, textarea") && !document.querySelector("[data-search]")) {
    event.preventDefault();
    field?.focus();
    field?.select();
  }
});

document.querySelector(".find")?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const all = links();
  if (!step || !all.length) return;
  event.preventDefault();
  const at = all.indexOf(document.activeElement) + step;
  if (at < 0) field.focus();
  else all[Math.min(at, all.length - 1)].focus();
});

// What was opened closes when the reader goes on.
document.addEventListener("focusin", (event) => {
  if (box && !event.target.closest(".find")) box.replaceChildren();
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("click", (event) => {
  if (box && !event.target.closest(".find")) box.replaceChildren();
});
