// Small conveniences over pages that work without them.

const announcement = document.getElementById("ansage");

/** Say `text` to screen readers. */
export function announce(text) {
  if (!announcement || !text) return;
  announcement.textContent = "";
  // An equal text set again would not be read; the pause makes it a change.
  setTimeout(() => { announcement.textContent = text; }, 50);
}

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

// On a phone the navigation is one line to push sideways: the current entry is in sight.
function showCurrentEntry() {
  const entry = document.querySelector(".qb-nav__link[aria-current]");
  const row = entry?.closest("ul");
  if (!row || row.scrollWidth <= row.clientWidth) return;
  const [inside, around] = [entry.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += inside.left + inside.width / 2 - around.left - around.width / 2;
}
showCurrentEntry();

// Search from anywhere: "/" or Strg K.
document.addEventListener("keydown", (event) => {
  const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
  const isControlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  if (isSlash || isControlK) {
    const field = document.getElementById("suchwort");
    if (field) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  }
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      const hadFocus = menu.contains(document.activeElement);
      menu.removeAttribute("open");
      if (hadFocus) menu.querySelector("summary").focus();
    }
  }
});

// Menus close when one goes elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
});
document.addEventListener("focusin", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
});

/** Things that want attention when they come onto the page. */
function attend(root) {
  const summary = root.querySelector?.("[data-focus-on-load]");
  if (summary) {
    summary.focus();
    return;
  }
  const said = root.matches?.("[data-announce]") ? root : root.querySelector?.("[data-announce]");
  if (said) announce(said.dataset.announce || said.textContent.trim());
}

document.querySelector("[data-focus-on-load]")?.focus();

let hadFocus = false;

document.addEventListener("htmx:before:request", (event) => {
  const target = event.detail.ctx?.target;
  target?.setAttribute?.("aria-busy", "true");
  hadFocus = target?.contains?.(document.activeElement) ?? false;
});
document.addEventListener("htmx:finally:request", (event) => {
  event.detail.ctx?.target?.removeAttribute?.("aria-busy");
});
document.addEventListener("htmx:after:swap", (event) => {
  let target = event.detail.ctx?.target;
  // An answer that names its own target (HX-Retarget) leaves the selector here.
  if (typeof target === "string") target = document.querySelector(target);
  const current = target?.id ? document.getElementById(target.id) : target;
  if (!current) return;
  attend(current);
  catchFocus(current);
});

/** What was pressed may be gone after a swap: the focus then rests on the part, not on nothing. */
function catchFocus(part) {
  const isLost = !document.activeElement || document.activeElement === document.body;
  if (!hadFocus || !isLost || !part.isConnected) return;
  part.tabIndex = -1;
  part.focus({ preventScroll: true });
}

// Copy what is shown once.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const text = source?.value ?? source?.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text.trim());
    announce("Kopiert.");
    const label = button.querySelector(".kern-label");
    if (label) label.textContent = "Kopiert";
  } catch {
    source?.focus?.();
    source?.select?.();
  }
});
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;

// The file field takes a dropped file over its whole area.
for (const box of document.querySelectorAll(".qb-file")) {
  const input = box.querySelector('input[type="file"]');
  for (const name of ["dragenter", "dragover"]) {
    box.addEventListener(name, (event) => { event.preventDefault(); box.classList.add("is-dragover"); });
  }
  for (const name of ["dragleave", "drop"]) {
    box.addEventListener(name, () => box.classList.remove("is-dragover"));
  }
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
