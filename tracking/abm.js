/* Tells our own tracking which pages are read. Does nothing, and keeps nothing, until abm.consent(true). */
(function () {
  "use strict";
  var home = new URL(document.currentScript.src).origin, who = "", told = false;
  var CONSENT = "abm_consent", VISITOR = "abm_visitor", YEAR = 31536000;

  function read(name) {
    var found = document.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)"));
    return found ? found[1] : "";
  }
  function keep(name, value, seconds) {
    document.cookie = name + "=" + value + ";path=/;SameSite=Lax;max-age=" + seconds +
      (location.protocol === "https:" ? ";Secure" : "");
  }
  function random() {
    if (crypto.randomUUID) return crypto.randomUUID();
    var n = crypto.getRandomValues(new Uint8Array(16)), hex = "";
    n[6] = (n[6] & 15) | 64;
    n[8] = (n[8] & 63) | 128;
    for (var i = 0; i < 16; i++) hex += (n[i] + 256).toString(16).slice(1);
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  }
  function visitor() {
    var id = read(VISITOR) || random();
    keep(VISITOR, id, YEAR);
    return id;
  }
  function tell() {
    if (told) return;
    told = true;
    var said = JSON.stringify({ visitor: visitor(), path: location.pathname.slice(0, 500),
      title: document.title.slice(0, 200), referrer: document.referrer.slice(0, 500), who: who });
    if (!navigator.sendBeacon || !navigator.sendBeacon(home + "/b", said))
      fetch(home + "/b", { method: "POST", body: said, keepalive: true, mode: "cors", credentials: "omit" });
  }
  function consent(yes) {
    if (yes) {
      keep(CONSENT, "1", YEAR);
      tell();
    } else {
      keep(CONSENT, "", 0);
      keep(VISITOR, "", 0);
    }
  }

  /* The sign of the mail that brought the reader is taken out of the address: it must not be passed on with it. */
  var here = new URL(location.href);
  who = here.searchParams.get("abm") || "";
  if (who) {
    here.searchParams.delete("abm");
    history.replaceState(history.state, "", here);
  }
  window.abm = { consent: consent, given: function () { return read(CONSENT) === "1"; } };
  if (window.abm.given()) tell();
})();
