"""The report's colours: KERN's neutral tones and one accent, the darkest blue of the maps."""

ACCENT = "#17357f"
TEXT = "#131525"
MUTED = "#51577a"
LINE = "#c0c3d5"
STRONG_LINE = "#6e7597"
SURFACE = "#f3f4f7"
TINT = "#eff3fa"
