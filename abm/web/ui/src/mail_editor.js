// The visual editor of mails: MJML in, MJML out; without scripts the text area below it serves.
import grapesjs from "grapesjs";
import en from "grapesjs/locale/en.mjs";
import mjml from "grapesjs-mjml";
import { putTogether, takeApart } from "./mail/source.js";
import { editorWords, mjmlWords } from "./mail/words.js";

const source = document.getElementById("mail-source");
const place = document.getElementById("mail-editor");
const { head, body, looks } = takeApart(source.value);

// Elements look as the mail's head has it; only what differs from it is written at one of them.
function wearLooks(editor) {
  for (const { id, model } of [...editor.Components.getTypes()]) {
    const usual = id.startsWith("mj-") && { ...looks["mj-all"], ...looks[id] };
    if (!usual || !Object.keys(usual).length) continue;
    const own = model.prototype.defaults;
    const before = (typeof own === "function" ? own() : own)?.["style-default"];
    editor.Components.addType(id, { model: { defaults: { "style-default": { ...before, ...usual } } } });
  }
}

place.hidden = false;
const editor = grapesjs.init({
  container: place,
  height: "80vh",
  components: body,
  storageManager: false,
  telemetry: false,
  cssIcons: "",
  assetManager: { upload: false, assets: [] },
  i18n: { locale: place.lang, localeFallback: "en", detectLocale: false, messages: { en, ja: editorWords } },
  plugins: [mjml, wearLooks],
  pluginsOpts: { [mjml]: { i18n: { ja: mjmlWords }, imagePlaceholderSrc: "", useCustomTheme: false } },
});

editor.onReady(() => {
  source.hidden = true;
  editor.UndoManager.clear();
  editor.Panels.getButton("views", "open-blocks")?.set("active", true);
  place.dataset.ready = "1";
});

// What nobody touched is kept as it was written, spaces and comments and all.
source.form.addEventListener("submit", () => {
  if (editor.UndoManager.hasUndo()) source.value = putTogether(head, editor.runCommand("mjml-code"));
});
