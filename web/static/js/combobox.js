/**
 * Makes a long select searchable: an editable combobox with a list, after the ARIA authoring
 * practices. The select stays in the form and keeps the value; without this script it is shown.
 */

const PLENTY = 8;

class Combobox {
  constructor(select) {
    this.select = select;
    this.options = [...select.options].map((option, index) => ({
      option,
      index,
      group: option.parentElement instanceof HTMLOptGroupElement ? option.parentElement.label : "",
      words: plain(`${option.text} ${option.parentElement.label ?? ""}`),
    }));
    this.active = -1;
    this.build();
    this.listen();
  }

  build() {
    const { select } = this;
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    this.input = document.createElement("input");
    Object.assign(this.input, {
      id: `${select.id}-suche`, type: "text", autocomplete: "off", spellcheck: false,
      className: "kern-form-input__input combobox__input", value: this.currentText(),
    });
    this.list = document.createElement("div");
    Object.assign(this.list, { id: `${select.id}-liste`, className: "combobox__list", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", label?.textContent.trim() ?? "");
    setAttributes(this.input, {
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
      "aria-controls": this.list.id,
    });
    if (select.getAttribute("aria-describedby")) {
      this.input.setAttribute("aria-describedby", select.getAttribute("aria-describedby"));
    }
    label?.setAttribute("for", this.input.id);
    const box = document.createElement("div");
    box.className = "combobox";
    box.append(this.input, this.list);
    const shell = select.closest(".kern-form-input__select-wrapper") ?? select;
    shell.after(box);
    shell.hidden = true;
    this.box = box;
  }

  listen() {
    const { input, list } = this;
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => this.open(""));
    input.addEventListener("input", () => this.open(input.value));
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => this.close());
    // What is typed to search is no choice: only the select reports one.
    input.addEventListener("change", (event) => event.stopPropagation());
    // Keeps the focus in the field while an option is being clicked.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) this.choose(Number(item.dataset.index));
    });
  }

  open(query) {
    const words = plain(query).split(/\s+/).filter(Boolean);
    this.found = this.options.filter((entry) => words.every((word) => entry.words.includes(word)));
    this.active = words.length ? 0 : this.found.findIndex((entry) => entry.option.selected);
    this.render();
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.point();
  }

  render() {
    let group = null;
    let place = this.list;
    this.list.replaceChildren();
    for (const [position, entry] of this.found.entries()) {
      if (entry.group && entry.group !== group) {
        group = entry.group;
        place = item("combobox__group", "", { role: "group", "aria-label": group });
        place.append(item("combobox__heading", group, { "aria-hidden": "true" }));
        this.list.append(place);
      }
      place.append(item("combobox__option", entry.option.text, {
        role: "option", id: `${this.list.id}-${position}`, "data-index": entry.index,
        "aria-selected": String(entry.option.selected),
      }));
    }
    if (!this.found.length) {
      this.list.append(item("combobox__heading", "Kein Treffer. Bitte anders schreiben.", {
        role: "option", "aria-disabled": "true", "aria-selected": "false",
      }));
    }
  }

  point() {
    for (const element of this.list.querySelectorAll("[data-index]")) {
      element.classList.toggle("is-active", element.id === `${this.list.id}-${this.active}`);
    }
    const current = document.getElementById(`${this.list.id}-${this.active}`);
    if (current) {
      this.input.setAttribute("aria-activedescendant", current.id);
      current.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  onKey(event) {
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) return this.open("");
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.active = (this.active + step + this.found.length) % Math.max(this.found.length, 1);
      this.point();
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      const entry = this.found[this.active];
      if (entry) this.choose(entry.index);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      this.close();
    }
    return undefined;
  }

  choose(index) {
    const isChange = this.select.selectedIndex !== index;
    this.select.selectedIndex = index;
    this.close();
    if (isChange) this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  close() {
    this.list.hidden = true;
    this.input.value = this.currentText();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  currentText() {
    return this.select.selectedOptions[0]?.text ?? "";
  }
}

function item(className, text, attributes) {
  const element = document.createElement("div");
  element.className = className;
  element.textContent = text;
  setAttributes(element, attributes);
  return element;
}

function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

/** Lower case without accents, so that „Burgerschaft“ finds „Bürgerschaft“. */
function plain(text) {
  return text.toLowerCase().normalize("NFD").replace(/\p{Mn}/gu, "");
}

// The field is made anew after a swap, so htmx cannot give the focus back to it.
let focused = "";

function upgrade() {
  for (const select of document.querySelectorAll("select[data-combobox]:not([data-upgraded])")) {
    select.dataset.upgraded = "";
    if (select.options.length < PLENTY) continue;
    const { input } = new Combobox(select);
    if (input.id === focused) input.focus({ preventScroll: true });
  }
}

document.addEventListener("htmx:before:swap", () => { focused = document.activeElement?.id ?? ""; });
document.addEventListener("htmx:after:swap", upgrade);
upgrade();
