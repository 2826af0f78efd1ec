// The visual editor of mails: MJML in, MJML out; without scripts the text area below it serves.
import grapesjs from "grapesjs";
import en from "grapesjs/locale/en.mjs";
import mjml from "grapesjs-mjml";
import { editorWords, mjmlWords } from "./mail/words.js";

const source = document.getElementById("mail-source");
const place = document.getElementById("mail-editor");
// As a browser reads it an element of MJML's that closes itself would stay open.
const written = source.value.replace(/<(mj-[a-z-]+)((?:[^>"']|"[^"]*"|'[^']*')*?)\s*\/>/g, "<$1$2></$1>");

place.hidden = false;
const editor = grapesjs.init({
  container: place,
  height: "80vh",
  components: written.trim(),
  storageManager: false,
  telemetry: false,
  cssIcons: "",
  assetManager: { upload: false, assets: [] },
  i18n: { locale: place.lang, localeFallback: "en", detectLocale: false, messages: { en, ja: editorWords } },
  plugins: [mjml],
  pluginsOpts: { [mjml]: { i18n: { ja: mjmlWords }, imagePlaceholderSrc: "", useCustomTheme: false } },
});

editor.onReady(() => {
  source.hidden = true;
  editor.UndoManager.clear();
  place.dataset.ready = "1";
});

// What nobody touched is kept as it was written, spaces and comments and all.
source.form.addEventListener("submit", () => {
  if (editor.UndoManager.hasUndo()) source.value = editor.runCommand("mjml-code");
});
