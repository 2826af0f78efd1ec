// What every page loads: htmx for fragments, Alpine (the build without eval) for small states.
import Alpine from "@alpinejs/csp";
import htmx from "htmx.org";
import "./rooms/tasks.js";

window.htmx = htmx;
window.Alpine = Alpine;

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = meta("csrf-token");
});

// A failed fragment must not look like nothing happened: say so where flash messages stand.
function announce(text) {
  const place = document.getElementById("messages");
  if (!place || !text) return;
  const note = document.createElement("div");
  note.className = "alert alert-danger";
  note.setAttribute("role", "alert");
  note.textContent = text;
  place.replaceChildren(note);
  place.scrollIntoView({ block: "nearest" });
}
document.addEventListener("htmx:responseError", (event) => {
  announce(event.detail.xhr.getResponseHeader("X-Problem-Text")
    ? decodeURIComponent(event.detail.xhr.getResponseHeader("X-Problem-Text"))
    : meta("problem-text"));
});
document.addEventListener("htmx:sendError", () => announce(meta("offline-text")));

// Forms and links that change a lot ask first: data-confirm="…".
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm || event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Work that takes a while says so and is not sent twice: data-busy="…" on the button.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.dataset.busy || event.defaultPrevented) return;
  const bar = document.createElement("progress");
  bar.className = "abm-meter mt-2";
  bar.setAttribute("aria-label", button.dataset.busy);
  // Only once the form has taken the button's value along.
  setTimeout(() => {
    button.disabled = true;
    button.textContent = button.dataset.busy;
    button.after(bar);
  });
});
// The back button brings the page as it was left: nothing is under way any more.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// A drop-down closes when the reader turns elsewhere.
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except) menu.removeAttribute("open");
  }
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-menu][open]");
  closeMenus();
  open?.querySelector("summary")?.focus();
});

// The search of the bar: / opens it from wherever one does not type; opened, it is ready to be typed into.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const menu = document.querySelector("details[data-search]");
  if (event.key !== "/" || typing || !menu || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  menu.open = true;
  menu.querySelector("input").focus();
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details[data-search][open]")) event.target.querySelector("input").focus();
}, true);

// What somebody typed while an answer was under way is newer than the answer, and stays: data-keep-typed on the form.
const sent = new Map(), newer = new Map();
const typedIn = (place) => [...place.querySelectorAll("form[data-keep-typed] :is(input:not([type=hidden]), textarea)[name]")];
document.addEventListener("htmx:beforeRequest", (event) => {
  sent.clear();
  for (const field of typedIn(event.detail.target)) sent.set(field.id, field.value);
});
document.addEventListener("htmx:beforeSwap", (event) => {
  newer.clear();
  for (const field of typedIn(event.detail.target)) {
    if (sent.has(field.id) && sent.get(field.id) !== field.value) newer.set(field.id, field.value);
  }
});
document.addEventListener("htmx:afterSettle", () => {
  for (const [id, value] of newer) {
    const field = document.getElementById(id);
    if (!field || field.value === value) continue;
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  newer.clear();
});

// Select fields marked so send their form at once (filters); without scripts the button beside them does.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// A field that holds a link or a secret shown once: select it whole on focus.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-select]")) event.target.select();
});

// A button that copies the field or text whose id it names; pages served in the clear have no clipboard of their own.
async function copy(source) {
  if (navigator.clipboard) return navigator.clipboard.writeText(source.value ?? source.textContent);
  if (source.select) source.select();
  else getSelection().selectAllChildren(source);
  if (!document.execCommand("copy")) throw new Error("not copied");
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(document.getElementById(button.dataset.copy))
    .then(() => { button.textContent = button.dataset.copied; })
    .catch(() => announce(meta("problem-text"))));
}

// Drawings are fetched where a page has one: the library is large, and most pages need none.
async function drawCharts(root) {
  if (root.querySelector("[data-chart]")) (await import("./charts/draw.js")).drawAll(root);
}
drawCharts(document);
document.addEventListener("htmx:afterSettle", () => drawCharts(document));

Alpine.start();
