/**
 * The live map: our own vector tiles over the image the server drew, in the colours of the page.
 *
 * The table beside the map is the only source of text: what is shown for an area is read from its
 * row, so map and table can never say different things. The element that holds the map is kept
 * while htmx replaces everything around it.
 */

import { LngLatBounds, Map as LiveMap, NavigationControl } from "../vendor/maplibre-gl/maplibre-gl.mjs";
import { GERMAN, hatch, layersOf, readPalette } from "./map-style.js";

const SOURCE = "areas";
const LAYER = "areas";
const FILL = "areas-fill";

let live = null;

class AreaMap {
  constructor(stage) {
    this.canvas = stage.querySelector("[data-map-canvas]");
    this.shown = null;
    this.isBroken = false;
    this.readStage(stage);
    this.map = new LiveMap({
      container: this.canvas,
      style: this.style(),
      bounds: this.bounds,
      fitBoundsOptions: { padding: 12 },
      minZoom: 4,
      maxZoom: 13,
      attributionControl: false,
      cooperativeGestures: true,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      locale: { ...GERMAN, "Map.Title": stage.dataset.label },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.listen();
  }

  /** Takes over what the server says about the figures now on the page. */
  readStage(stage) {
    this.stage = stage;
    this.panel = document.getElementById("map-info");
    this.tiles = new URL(stage.dataset.tiles, location.href).href
      .replaceAll("%7B", "{").replaceAll("%7D", "}");
    this.stepsText = stage.dataset.steps;
    this.steps = this.stepsText.split(",").filter(Boolean).map(Number);
    this.boundsText = stage.dataset.bounds;
    const [west, south, east, north] = this.boundsText.split(",").map(Number);
    this.bounds = new LngLatBounds([west, south, east, north]);
  }

  style() {
    this.palette = readPalette(this.stage);
    return {
      version: 8,
      sources: {
        [SOURCE]: { type: "vector", tiles: [this.tiles], minzoom: 4, maxzoom: 12, promoteId: "code" },
      },
      layers: [],
    };
  }

  /** Adds the layers once their pattern is there. */
  draw() {
    const { map } = this;
    if (!map.hasImage("hatch")) map.addImage("hatch", hatch(this.palette), { pixelRatio: 2 });
    for (const layer of layersOf(this.palette, this.steps, SOURCE, LAYER)) {
      if (map.getLayer(layer.id)) map.removeLayer(layer.id);
      map.addLayer(layer);
    }
  }

  listen() {
    const { map } = this;
    map.on("style.load", () => this.draw());
    // What cannot be loaded (a busy service, a page being left) leaves the server's image in sight.
    map.on("error", ({ error }) => {
      this.isBroken = true;
      this.stage.classList.remove("is-live");
      console.info("Die bewegliche Karte ist unvollständig:", error?.message);
    });
    map.on("idle", () => {
      if (!this.isBroken) this.stage.classList.add("is-live");
      if (!this.shown && document.activeElement === map.getCanvas()) this.showCentre();
    });
    map.on("mousemove", FILL, ({ features }) => {
      map.getCanvas().style.cursor = "pointer";
      this.show(features[0].properties.code);
    });
    map.on("mouseleave", FILL, () => {
      map.getCanvas().style.cursor = "";
      this.show(null);
    });
    map.on("click", FILL, (event) => {
      const { code } = event.features[0].properties;
      // A finger has no hover: its first touch shows the figure, the link beside it opens the place.
      if (event.originalEvent.pointerType === "touch" || matchMedia("(hover: none)").matches) {
        this.show(code, true);
      } else {
        this.open(code);
      }
    });
    const canvas = map.getCanvas();
    canvas.setAttribute("aria-describedby", "map-keys");
    canvas.addEventListener("focus", () => this.showCentre());
    canvas.addEventListener("blur", () => this.show(null));
    map.on("moveend", () => document.activeElement === canvas && this.showCentre());
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.shown) this.open(this.shown);
    });
  }

  /** Shows the area under the cross in the middle: the way to read the map by keyboard. */
  showCentre() {
    const { clientWidth, clientHeight } = this.canvas;
    const [feature] = this.map.queryRenderedFeatures([clientWidth / 2, clientHeight / 2], { layers: [FILL] });
    this.show(feature ? feature.properties.code : null, true);
  }

  show(code, isAnnounced = false) {
    if (code !== this.shown) {
      this.mark(this.shown, false);
      this.mark(code, true);
      this.shown = code;
      fillPanel(this.panel, code);
    }
    if (isAnnounced) announce(this.panel, code);
  }

  mark(code, isShown) {
    if (!code) return;
    if (this.map.getSource(SOURCE)) {
      this.map.setFeatureState({ source: SOURCE, sourceLayer: LAYER, id: code }, { shown: isShown });
    }
    rowOf(code)?.classList.toggle("is-shown", isShown);
  }

  open(code) {
    const link = rowOf(code)?.querySelector("a[href]");
    location.href = link ? link.href : `/gebiete/${encodeURIComponent(code)}`;
  }

  /** The page shows other figures now: same map, other tiles. */
  update(stage) {
    const { tiles, boundsText, stepsText } = this;
    this.shown = null;
    this.isBroken = false;
    this.readStage(stage);
    stage.classList.add("is-live");
    if (this.tiles !== tiles) this.map.getSource(SOURCE)?.setTiles([this.tiles]);
    if (this.stepsText !== stepsText && this.map.isStyleLoaded()) this.draw();
    if (this.boundsText !== boundsText) {
      this.map.fitBounds(this.bounds, { padding: 12, animate: false });
    }
    this.map.resize();
  }

  /** Light or dark has changed. */
  repaint() {
    this.map.setStyle(this.style(), { diff: false });
  }
}

function rowOf(code) {
  return document.querySelector(`tr[data-area="${CSS.escape(code)}"]`);
}

/** Copies what the row says into the panel; without a row, what the panel says at rest. */
function fillPanel(panel, code) {
  if (!panel) return;
  const row = code ? rowOf(code) : null;
  panel.classList.toggle("is-empty", !row);
  for (const field of panel.querySelectorAll("[data-info]")) {
    const name = field.dataset.info;
    if (name === "link") {
      if (row) field.href = row.querySelector("a[href]").href;
    } else {
      // The source is the same for all rows; the panel itself carries it.
      field.textContent = row ? (row.dataset[name] ?? panel.dataset[name] ?? "") : "";
    }
  }
}

function announce(panel, code) {
  const region = document.getElementById("map-announcement");
  if (!region || !panel) return;
  const fields = panel.querySelectorAll("[data-info]:not([data-info='link'], [data-info='source'])");
  const words = [...fields].map((field) => field.textContent.trim()).filter(Boolean);
  region.textContent = code && words.length ? words.join(", ") : "Kein Gebiet unter dem Kreuz.";
}

/** Rows and map point at each other: a row with focus or pointer is marked on the map. */
function followTable(event) {
  const row = event.target instanceof Element ? event.target.closest("tr[data-area]") : null;
  if (live && row) live.show(row.dataset.area);
}

function refresh() {
  const stage = document.querySelector("[data-map]");
  if (live && (!stage || !live.canvas.isConnected)) {
    live.map.remove();
    live = null;
  }
  if (!stage) return;
  if (live) {
    if (live.stage !== stage) live.update(stage);
    return;
  }
  try {
    live = new AreaMap(stage);
  } catch (error) {
    // Without WebGL the server's image stays: it shows the same.
    console.warn("Die bewegliche Karte kann hier nicht gezeichnet werden.", error);
  }
}

document.addEventListener("focusin", followTable);
document.addEventListener("pointerover", followTable);
document.addEventListener("htmx:after:swap", refresh);
document.addEventListener("htmx:after:history:update", refresh);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => live?.repaint());
new MutationObserver(() => live?.repaint()).observe(document.documentElement, {
  attributes: true,
  attributeFilter: ["data-kern-theme"],
});
refresh();
