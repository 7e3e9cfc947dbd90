// Forms for a file: say what was chosen, and that it is on its way. Work without.
import { announce } from "./quartierblick.js";

const units = new Intl.NumberFormat("de-DE", { maximumFractionDigits: 1 });

function size(bytes) {
  return bytes < 1_000_000 ? `${units.format(Math.max(bytes / 1000, 0.1))} kB` : `${units.format(bytes / 1_000_000)} MB`;
}

function isTooLarge(form, file) {
  return Boolean(file) && file.size > Number(form.dataset.largest);
}

function parts(form) {
  const label = form.querySelector('button[type="submit"] .kern-label');
  return { field: form.querySelector('input[type="file"]'), chosen: form.querySelector("[data-chosen-file]"), label };
}

// Listened for at the document: a form may come with a part that is exchanged later.
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-delivery-form]");
  if (!form || event.target.type !== "file") return;
  const { field, chosen } = parts(form);
  const file = field.files[0];
  chosen.hidden = !file;
  chosen.classList.toggle("qb-chosen-file--refused", isTooLarge(form, file));
  chosen.textContent = file ? `Gewählt: ${file.name}, ${size(file.size)}` : "";
  if (isTooLarge(form, file)) chosen.textContent += `. ${form.dataset.tooLarge}`;
  announce(chosen.textContent);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("[data-delivery-form]");
  if (!form) return;
  const { field, label } = parts(form);
  // the service would refuse it as well, but only after the browser has begun to send
  const isRefused = isTooLarge(form, field.files[0]);
  if (isRefused) field.focus();
  if (isRefused || form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  form.dataset.offered = label.textContent;
  label.textContent = "Die Datei wird übertragen …";
  announce(label.textContent);
});

// Coming back by the browser's back button, a form can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-delivery-form][data-sent]")) {
    delete form.dataset.sent;
    parts(form).label.textContent = form.dataset.offered;
  }
});
