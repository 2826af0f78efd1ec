// The form of what is chosen, as the server makes it; each change in it is saved at once.
import { useEffect, useRef } from "react";
import { getForm } from "./server.js";

const PAUSE = 700;

export function Panel({ url, etag, save, label }) {
  const place = useRef(null), shown = useRef(""), pause = useRef(0), asked = useRef(url);
  asked.current = url;

  useEffect(() => {
    if (shown.current === `${url} ${etag}`) return;
    let current = true;
    getForm(url).then((html) => {
      if (!current) return;
      shown.current = `${url} ${etag}`;
      place.current.innerHTML = html;
    }).catch(() => {});
    return () => { current = false; };
  }, [url, etag]);

  async function keep(press) {
    clearTimeout(pause.current);
    const form = place.current.querySelector("form");
    if (!form) return;
    const fields = new FormData(form);
    if (press) fields.set("press", press);
    const typed = new Map([...form.elements].filter((field) => field.id).map((field) => [field.id, field.value]));
    const answer = await save(url, fields);
    if (!answer || asked.current !== url || place.current.querySelector("form") !== form) return;
    shown.current = `${url} ${answer.etag}`;
    swap(answer.form, typed);
  }

  // What somebody types while an answer is under way is newer than the answer, and stays; so does the place of typing.
  function swap(html, typed) {
    const active = place.current.contains(document.activeElement) ? document.activeElement : null;
    const newer = [...place.current.querySelectorAll("input, textarea, select")]
      .filter((field) => field.id && typed.has(field.id) && typed.get(field.id) !== field.value)
      .map((field) => [field.id, field.value]);
    const where = active?.id && [active.id, active.selectionStart, active.selectionEnd];
    place.current.innerHTML = html;
    for (const [id, value] of newer) {
      const field = document.getElementById(id);
      if (field) field.value = value;
    }
    const again = where && document.getElementById(where[0]);
    again?.focus();
    if (again && where[1] !== null && where[1] !== undefined) try { again.setSelectionRange(where[1], where[2]); } catch { /* dates have none */ }
  }

  function wait(event) {
    if (!event.target.matches("input:not([type=checkbox]):not([type=radio]), textarea")) return;
    clearTimeout(pause.current);
    pause.current = setTimeout(() => keep(), PAUSE);
  }

  useEffect(() => {
    const here = place.current;
    const change = () => keep();
    const submit = (event) => { event.preventDefault(); keep(event.submitter?.name === "press" ? event.submitter.value : ""); };
    here.addEventListener("change", change);
    here.addEventListener("input", wait);
    here.addEventListener("submit", submit);
    return () => {
      here.removeEventListener("change", change);
      here.removeEventListener("input", wait);
      here.removeEventListener("submit", submit);
    };
  });

  return <section className="abm-panel" aria-label={label} ref={place} />;
}
