// MJML between the text area and the visual editor: what the editor would drop is kept aside or wrapped.
const HEAD = /<mj-head(?:\s[^>]*)?>[\s\S]*?<\/mj-head>/;
const CLOSED_BY_ITSELF = /<(mj-[a-z-]+)((?:[^>"']|"[^"]*"|'[^']*')*?)\s*\/>/g;
const MARK = /\{\{\s*(?:#\s*(?:when|else)\b[^{}]*|\/\s*when)\s*\}\}/g;
const WITHOUT_WORDS = "mj-body, mj-wrapper, mj-section, mj-column, mj-group, mj-hero";
const SIDES = ["top", "right", "bottom", "left"];

// The head (title, fonts, usual looks), and the body as the editor reads it.
export function takeApart(source) {
  const head = source.match(HEAD)?.[0] ?? "";
  // As a browser reads it an element that closes itself would stay open.
  const closed = source.replace(HEAD, "").replace(CLOSED_BY_ITSELF, "<$1$2></$1>");
  const page = new DOMParser().parseFromString(closed, "text/html");
  for (const element of page.querySelectorAll(WITHOUT_WORDS)) {
    for (const node of [...element.childNodes]) if (node.nodeType === Node.TEXT_NODE) wrapMarks(node);
  }
  return { head, body: page.body.innerHTML.trim(), looks: looksOf(head) };
}

// The whole mail again, an element a line so that checks can name it.
export function putTogether(head, body) {
  const whole = body.replace(/(<mjml[^>]*>)/, `$1${head}`);
  return `${whole.replace(/(<\/?mj[^>]*>)\s*(?=<\/?mj)/g, "$1\n")}\n`;
}

// Blocks for some readers begin and end between elements, where the editor keeps no bare words.
function wrapMarks(node) {
  for (const mark of node.textContent.match(MARK) ?? []) {
    const raw = document.createElement("mj-raw");
    raw.textContent = mark;
    node.before(raw);
  }
  node.remove();
}

// What the head says of each element, so that it looks so in the editor and is not said again at each one.
function looksOf(head) {
  const page = new DOMParser().parseFromString(head.replace(CLOSED_BY_ITSELF, "<$1$2></$1>"), "text/html");
  const looks = {};
  for (const element of page.querySelectorAll("mj-attributes > *")) {
    const name = element.tagName.toLowerCase();
    if (name === "mj-class") continue;
    looks[name] = { ...looks[name], ...Object.fromEntries([...element.attributes].map((one) => [one.name, one.value])) };
  }
  for (const look of Object.values(looks)) if (look.padding) spread(look);
  return looks;
}

// padding="6px 28px" as the editor has it: one for each side.
function spread(look) {
  const [top, right = top, bottom = top, left = right] = look.padding.trim().split(/\s+/);
  [top, right, bottom, left].forEach((size, side) => { look[`padding-${SIDES[side]}`] ??= size; });
  delete look.padding;
}
