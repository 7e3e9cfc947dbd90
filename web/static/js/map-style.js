/** How the live map looks: colours from the page's style sheet, hatching, German words. */

export const GERMAN = {
  "NavigationControl.ZoomIn": "Karte vergrößern",
  "NavigationControl.ZoomOut": "Karte verkleinern",
  "CooperativeGesturesHandler.WindowsHelpText": "Mit Strg und Mausrad vergrößern",
  "CooperativeGesturesHandler.MacHelpText": "Mit ⌘ und Mausrad vergrößern",
  "CooperativeGesturesHandler.MobileHelpText": "Karte mit zwei Fingern bewegen",
};

const CLASSES = 5;

/** Reads the palette from custom properties, in a notation that the map understands. */
export function readPalette(element) {
  const paper = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const styles = getComputedStyle(element);
  const read = (name) => {
    paper.clearRect(0, 0, 1, 1);
    paper.fillStyle = "#000";
    paper.fillStyle = styles.getPropertyValue(name).trim();
    paper.fillRect(0, 0, 1, 1);
    const [red, green, blue] = paper.getImageData(0, 0, 1, 1).data;
    return `rgb(${red}, ${green}, ${blue})`;
  };
  return {
    classes: Array.from({ length: CLASSES }, (_, index) => read(`--qb-class-${index}`)),
    missing: read("--qb-class-missing"),
    paper: read("--qb-paper"),
    hatch: read("--qb-line-strong"),
    border: read("--qb-class-line"),
    shown: read("--qb-text"),
  };
}

/** The hatching of hidden areas, drawn so that it repeats without a seam. */
export function hatch(palette) {
  const size = 16;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const paper = canvas.getContext("2d");
  paper.fillStyle = palette.paper;
  paper.fillRect(0, 0, size, size);
  paper.strokeStyle = palette.hatch;
  paper.lineWidth = 3;
  for (const shift of [-size, 0, size]) {
    paper.beginPath();
    paper.moveTo(shift - 2, size + 2);
    paper.lineTo(shift + size + 2, -2);
    paper.stroke();
  }
  return paper.getImageData(0, 0, size, size);
}

/**
 * The layers: an outline around the whole, classes, hidden, borders, and a strong outline around
 * the area being read. `steps` names the colour of each class.
 */
export function layersOf(palette, steps, source, layer) {
  const base = { source, "source-layer": layer };
  const byClass = steps.flatMap((step, index) => [index, palette.classes[step]]);
  const ofClass = ["match", ["coalesce", ["get", "class"], -1], ...byClass, palette.missing];
  const isShown = ["boolean", ["feature-state", "shown"], false];
  return [
    {
      // Under the fills only its outer half is seen: the light classes end visibly on white.
      ...base, id: "areas-outline", type: "line", layout: { "line-join": "round" },
      paint: { "line-color": palette.hatch, "line-width": 2 },
    },
    {
      ...base, id: "areas-fill", type: "fill",
      paint: { "fill-color": byClass.length ? ofClass : palette.missing },
    },
    {
      ...base, id: "areas-hidden", type: "fill", filter: ["==", ["get", "status"], "hidden"],
      paint: { "fill-pattern": "hatch" },
    },
    {
      ...base, id: "areas-border", type: "line",
      paint: {
        "line-color": palette.border,
        "line-width": ["interpolate", ["linear"], ["zoom"], 6, 0.4, 10, 1.4],
      },
    },
    {
      ...base, id: "areas-shown", type: "line", layout: { "line-join": "round" },
      paint: { "line-color": palette.shown, "line-width": ["case", isShown, 3, 0] },
    },
  ];
}
