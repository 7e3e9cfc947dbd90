// The form for a file: says what was chosen, and that it is on its way. Works without.
import { announce } from "./quartierblick.js";

const form = document.querySelector("[data-delivery-form]");
const field = form?.querySelector('input[type="file"]');
const chosen = form?.querySelector("[data-chosen-file]");
const button = form?.querySelector('button[type="submit"]');
const label = button?.querySelector(".kern-label");
const offered = label?.textContent;
const units = new Intl.NumberFormat("de-DE", { maximumFractionDigits: 1 });

function size(bytes) {
  return bytes < 1_000_000 ? `${units.format(Math.max(bytes / 1000, 0.1))} kB` : `${units.format(bytes / 1_000_000)} MB`;
}

function tellChoice() {
  const file = field.files[0];
  chosen.hidden = !file;
  chosen.textContent = file ? `Gewählt: ${file.name}, ${size(file.size)}` : "";
  announce(chosen.textContent);
}

function release() {
  form.removeAttribute("aria-busy");
  delete form.dataset.sent;
  label.textContent = offered;
}

if (form) {
  field.addEventListener("change", tellChoice);
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "true";
    label.textContent = "Die Datei wird übertragen …";
    announce(label.textContent);
  });
  // Coming back by the browser's back button, the form can be sent again.
  window.addEventListener("pageshow", release);
}
