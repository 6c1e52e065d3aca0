// Filters show their result at once; the address keeps them, so that it can be shared. Without script the button does it.
const form = document.querySelector("[data-filters]");
form?.addEventListener("change", (event) => {
  if (event.target.type !== "search") send();
});
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

// Back in the history a browser restores what was last chosen; the form states what the page shows.
addEventListener("pageshow", () => form?.reset());

function send() {
  const given = [...new FormData(form)].filter(([, value]) => value !== "");
  location.assign(`${location.pathname}?${new URLSearchParams(given)}`);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, select, textarea")) return;
  event.preventDefault();
  document.querySelector("[data-search]")?.focus();
});
