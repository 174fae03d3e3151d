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
  const span = (seconds) => {
    const whole = Math.max(0, Math.round(seconds));
    if (whole < 60) return `${whole} s`;
    for (const [unit, word, below, small] of [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]]) {
      if (whole >= unit) {
        const rest = Math.floor((whole % unit) / below);
        return `${Math.floor(whole / unit)} ${word}` + (rest ? ` ${rest} ${small}` : "");
      }
    }
  };
  // Spans go on by this machine's clock from what the server said, so a wrong clock here is harmless.
  const counting = (root) => {
    for (const one of root.querySelectorAll(".since[data-for]:not([data-from])")) one.dataset.from = Date.now() / 1000 - Number(one.dataset.for);
  };
  const count = () => {
    for (const one of document.querySelectorAll(".since[data-from]")) one.textContent = span(Date.now() / 1000 - Number(one.dataset.from));
  };
  const said = (element, text) => {
    const place = document.getElementById(element.dataset.state || "");
    if (place && place.textContent !== text) place.textContent = text;
  };
  // A moving element is made of parts with keys. Only the parts that changed are replaced, so that what the reader has opened,
  // marked or focused elsewhere stays, and no frame is loaded again.
  const known = new WeakMap();
  const essence = (part) => part.outerHTML.replace(/<span class="since"[^>]*>[^<]*/g, "");
  const remember = (root) => {
    for (const part of root.querySelectorAll("[data-part]")) known.set(part, essence(part));
  };
  const renew = (element, fresh) => {
    const there = new Map([...element.querySelectorAll("[data-part]")].map((one) => [one.dataset.part, one]));
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const old = there.get(part.dataset.part);
      there.delete(part.dataset.part);
      const text = essence(part);
      if (old && known.get(old) === text) continue;
      const before = part.previousElementSibling;
      const parent = document.getElementById(part.parentElement.id) || element;
      const opened = old ? [...old.querySelectorAll("details[open][id]")].map((one) => one.id) : [];
      const focused = old && old.contains(document.activeElement) ? document.activeElement : null;
      const mine = document.importNode(part, true);
      known.set(mine, text);
      if (old) old.replaceWith(mine);
      else if (before) (element.querySelector(`[data-part="${CSS.escape(before.dataset.part)}"]`) || parent.lastElementChild).after(mine);
      else parent.prepend(mine);
      for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
      if (focused) (focused.id && document.getElementById(focused.id) || [...mine.querySelectorAll("a, button, summary")].find((one) => one.textContent === focused.textContent))?.focus();
      localTimes(mine);
      counting(mine);
    }
    for (const gone of there.values()) gone.remove();
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
    remember(document);
    document.getElementById("zone").textContent = `those of ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
    localTimes(document);
    counting(document);
    setInterval(count, 1000);
    for (const element of document.querySelectorAll("[data-live]")) {
      open(element, element.dataset.live, (html) => renew(element, new DOMParser().parseFromString(html, "text/html")));
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
  document.addEventListener("htmx:after:swap", () => { localTimes(document); counting(document); });
})();
