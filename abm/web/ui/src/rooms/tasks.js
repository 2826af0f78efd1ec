// The board by keyboard: j and k walk the tasks, Enter opens one, a takes its next step, r answers otherwise, ? tells.
const tasks = () => [...document.querySelectorAll("[data-keys] .abm-task")].filter((card) => card.offsetParent);
let last = 0;

function step(by) {
  const all = tasks();
  if (!all.length) return;
  const here = all.indexOf(document.activeElement?.closest(".abm-task"));
  last = Math.max(0, Math.min(all.length - 1, here < 0 ? Math.min(last, all.length - 1) : here + by));
  all[last].focus();
}

function press(name) {
  const card = document.activeElement?.closest("[data-keys] .abm-task");
  card?.querySelector(`[data-key="${name}"]`)?.click();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  a: () => press("main"),
  r: () => press("other"),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (!document.querySelector("[data-keys]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  if (event.key === "Enter" && event.target.matches(".abm-task")) press("open");
  if (!KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

// After an answer the board is new: go on where one was. A form that came in is ready to be typed into.
let walked = false;
document.addEventListener("htmx:beforeRequest", () => {
  walked = Boolean(document.activeElement?.closest("[data-keys] .abm-task"));
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.matches(".abm-answering")) event.target.querySelector("a.btn, button, textarea, input:not([type=hidden])")?.focus();
  else if (walked && event.target.matches("[data-keys]")) step(0);
  walked = false;
});
