// Asking the server: every change is one request, one after the other, each under the etag the one before brought.
export class Refused extends Error {
  constructor(status, answer) {
    super(answer.error ?? "");
    this.status = status;
    this.answer = answer;
  }
}

const token = () => document.querySelector('meta[name="csrf-token"]').content;

async function read(response) {
  if (response.redirected) location.assign(response.url);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

export const get = async (url) => read(await fetch(url, { headers: { Accept: "application/json" } }));

export const send = async (url, body) => read(await fetch(url, {
  method: "POST",
  headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token() },
  body: JSON.stringify(body),
}));

export const sendForm = async (url, form) => read(await fetch(url, {
  method: "POST",
  headers: { Accept: "application/json", "X-CSRFToken": token() },
  body: form,
}));

export async function getForm(url) {
  const response = await fetch(url, { headers: { "HX-Request": "true" } });
  if (!response.ok) throw new Refused(response.status, {});
  return response.text();
}
