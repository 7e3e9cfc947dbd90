"""Which of GDAL's drivers may see a file that somebody hands in: those of the formats we read.

GDAL recognises a file by its content, whatever its name. A VRT among them (also one hidden in
the text of a GeoJSON) would read files of the server and call addresses in its network. Which
drivers there are is settled when GDAL is loaded, so this is imported before pyogrio is.
"""

import os

ALLOWED = frozenset({"ESRI Shapefile", "FlatGeobuf", "GPKG", "GeoJSON"})
# all others that come with pyogrio's wheel; `refuse_other_drivers` notices a new one
_OTHERS = (
    "ADBC",
    "AIVector",
    "AVCBin",
    "AVCE00",
    "AmigoCloud",
    "CSV",
    "CSW",
    "Carto",
    "DGN",
    "DXF",
    "EDIGEO",
    "EEDA",
    "ESRIJSON",
    "Elasticsearch",
    "GDALG",
    "GML",
    "GPSBabel",
    "GPX",
    "GTFS",
    "GeoJSONSeq",
    "GeoRSS",
    "HTTP",
    "Idrisi",
    "JML",
    "JSONFG",
    "KML",
    "LIBKML",
    "LVBAG",
    "MBTiles",
    "MEM",
    "MVT",
    "MapInfo File",
    "MapML",
    "MiraMonVector",
    "NGW",
    "OAPIF",
    "ODS",
    "OGCAPI",
    "OGR_GMT",
    "OGR_PDS",
    "OGR_VRT",
    "OSM",
    "OpenFileGDB",
    "PCIDSK",
    "PDF",
    "PDS4",
    "PGDUMP",
    "PLSCENES",
    "PMTiles",
    "S57",
    "SQLite",
    "SXF",
    "Selafin",
    "TopoJSON",
    "VDV",
    "VFK",
    "VICAR",
    "WAsP",
    "WFS",
    "XLSX",
)

os.environ["OGR_SKIP"] = ",".join(_OTHERS)
os.environ["CPL_VSIL_CURL_ALLOWED_EXTENSIONS"] = "{none}"

import pyogrio  # noqa: E402


def refuse_other_drivers() -> None:
    """Raise RuntimeError where GDAL was loaded with more drivers than are allowed."""
    others = set(pyogrio.list_drivers()) - ALLOWED
    if others:
        raise RuntimeError(f"GDAL has drivers that may not read uploads: {sorted(others)}")
