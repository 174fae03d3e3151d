// What moves by itself. `data-live="/events/…"`: a stream of server-sent events whose data is the element's new content.
// `data-follow="/events/…"`: a stream whose data is appended. Without scripts the page is the same, and stands still.
(() => {
  "use strict";
  const seconds = new Intl.DateTimeFormat(undefined, {dateStyle: "short", timeStyle: "medium"});
  const localTimes = (root) => {
    for (const one of root.querySelectorAll("time[datetime]")) {
      one.title ||= one.textContent;
      one.textContent = seconds.format(new Date(one.dateTime));
    }
  };
  const said = (element, text) => {
    const place = document.getElementById(element.dataset.state || "");
    if (place && place.textContent !== text) place.textContent = text;
  };
  const open = (element, path, take) => {
    const source = new EventSource(path);
    source.addEventListener("open", () => said(element, "live"));
    source.addEventListener("error", () => said(element, source.readyState === 2 ? "signed out; load the page again" : "not connected; trying again"));
    source.addEventListener("message", (event) => take(event.data));
    source.addEventListener("end", () => { source.close(); said(element, "ended"); });
    addEventListener("pagehide", () => source.close());
  };
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.addEventListener("DOMContentLoaded", () => {
    localTimes(document);
    for (const element of document.querySelectorAll("[data-live]")) {
      open(element, element.dataset.live, (html) => {
        // What the reader has opened or focused stays so: the parts have ids.
        const opened = new Set([...element.querySelectorAll("details[open][id]")].map((one) => one.id));
        const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
        const fresh = new DOMParser().parseFromString(html, "text/html");
        element.replaceChildren(...fresh.body.childNodes);
        for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
        if (focused) document.getElementById(focused)?.focus();
        localTimes(element);
      });
    }
    for (const element of document.querySelectorAll("[data-follow]")) {
      open(element, element.dataset.follow, (text) => {
        const below = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
        element.append(text + "\n");
        if (below) element.scrollTop = element.scrollHeight;
      });
    }
    for (const frame of document.querySelectorAll("iframe[data-tall]")) frame.height = frame.dataset.tall;
  });
  document.addEventListener("htmx:after:swap", () => localTimes(document));
})();
