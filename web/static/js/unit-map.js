// Units chosen by a click on the map, and areas drawn on it. The form works without.
import { announce } from "./quartierblick.js";

const SVG = "http://www.w3.org/2000/svg";
const form = document.querySelector("[data-compose]");
const map = form?.querySelector("[data-unit-map]");

/** The ways to draw: points in the image's own units, closed they become GeoJSON in degrees. */
class Drawing {
  constructor() {
    this.points = [];
    this.isOpen = false;
    this.layer = document.createElementNS(SVG, "g");
    map.append(this.layer);
  }

  begin() {
    this.points = [];
    this.isOpen = true;
    map.classList.add("is-drawing");
    map.querySelector(".unit-map__outline")?.remove();
    this.show();
  }

  add(point) {
    this.points.push(point);
    this.show();
  }

  close() {
    this.isOpen = false;
    map.classList.remove("is-drawing");
    this.show();
  }

  discard() {
    this.points = [];
    this.close();
  }

  show() {
    this.layer.replaceChildren();
    if (!this.points.length) return;
    const path = this.points.map((point) => point.map((value) => value.toFixed(1)).join(" ")).join("L");
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", `M${path}${this.isOpen ? "" : "z"}`);
    line.setAttribute("class", this.isOpen ? "unit-map__line" : "unit-map__area");
    this.layer.append(line);
    for (const [x, y] of this.isOpen ? this.points : []) {
      const corner = document.createElementNS(SVG, "circle");
      corner.setAttribute("cx", x);
      corner.setAttribute("cy", y);
      corner.setAttribute("r", 5);
      corner.setAttribute("class", "unit-map__corner");
      this.layer.append(corner);
    }
  }

  /** The drawn area as a GeoJSON polygon in EPSG:4326. */
  geojson() {
    const { west, north, across, down, edge } = map.dataset;
    const ring = this.points.map(([x, y]) => [
      Number((Number(west) + (x - edge) / across).toFixed(7)),
      Number((Number(north) - (y - edge) / down).toFixed(7)),
    ]);
    return { type: "Polygon", coordinates: [[...ring, ring[0]]] };
  }
}

function placeOf(event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  return [point.x, point.y];
}

function start() {
  const boxes = new Map([...form.querySelectorAll('input[name="parts"]')].map((box) => [box.value, box]));
  const count = form.querySelector("[data-units-count]");
  const tools = form.querySelector("[data-tools]");
  const [draw, close, discard] = ["draw", "close", "discard"].map((name) => tools.querySelector(`[data-${name}]`));
  const polygon = form.elements.polygon;
  const drawing = new Drawing();
  const byPolygon = () => form.elements.weg.value === "flaeche";

  function paint() {
    let chosen = 0;
    for (const [code, box] of boxes) {
      chosen += box.checked;
      if (byPolygon()) continue;
      const unit = map.querySelector(`[data-unit="${CSS.escape(code)}"]`);
      unit?.classList.remove("unit-map__unit--part");
      unit?.classList.toggle("unit-map__unit--whole", box.checked);
    }
    count.textContent = `${chosen} von ${boxes.size} gewählt`;
    count.hidden = false;
  }

  function clear() {
    for (const unit of map.querySelectorAll("[data-unit]")) {
      unit.classList.remove("unit-map__unit--part", "unit-map__unit--whole");
    }
  }

  function showTools() {
    draw.hidden = drawing.isOpen;
    close.hidden = !drawing.isOpen || drawing.points.length < 3;
    discard.hidden = !drawing.isOpen && !drawing.points.length;
  }

  function finish() {
    drawing.close();
    polygon.value = JSON.stringify(drawing.geojson());
    form.elements.crs.value = "EPSG:4326";
    announce(`Fläche mit ${drawing.points.length} Ecken gezeichnet.`);
    showTools();
  }

  draw.addEventListener("click", () => {
    form.elements.weg.value = "flaeche";
    clear();
    drawing.begin();
    announce("Klicken Sie die Ecken der Fläche nacheinander an.");
    showTools();
  });
  close.addEventListener("click", finish);
  discard.addEventListener("click", () => {
    drawing.discard();
    polygon.value = "";
    showTools();
  });
  map.addEventListener("click", (event) => {
    if (drawing.isOpen) {
      drawing.add(placeOf(event));
      showTools();
      return;
    }
    const box = boxes.get(event.target.closest("[data-unit]")?.dataset.unit);
    if (!box || byPolygon()) return;
    box.checked = !box.checked;
    paint();
    announce(`${box.labels[0].textContent} ${box.checked ? "gewählt" : "abgewählt"}, ${count.textContent}`);
  });
  map.addEventListener("dblclick", () => drawing.isOpen && drawing.points.length > 3 && (drawing.points.pop(), finish()));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drawing.isOpen) discard.click();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "parts") paint();
    if (event.target.name === "weg") {
      drawing.discard();
      showTools();
      clear();
      paint();
    }
  });
  // What the list points at is seen on the map.
  function point(event, isPointed) {
    const code = event.target.closest(".kern-form-check")?.querySelector('input[name="parts"]')?.value;
    if (code) map.querySelector(`[data-unit="${CSS.escape(code)}"]`)?.classList.toggle("is-pointed", isPointed);
  }
  const list = form.querySelector("[data-units]");
  for (const name of ["mouseover", "focusin"]) list.addEventListener(name, (event) => point(event, true));
  for (const name of ["mouseout", "focusout"]) list.addEventListener(name, (event) => point(event, false));
  map.classList.add("is-live");
  tools.hidden = false;
  form.querySelector("[data-hint]").hidden = false;
  if (!form.querySelector(".compose__draft")) paint();
  showTools();
}

if (map) start();
