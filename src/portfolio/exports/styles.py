"""How QGIS draws the tables of a file: as QML, and as SLD for other programs.

Colours are those of Okabe and Ito (2008), which people with any colour vision tell apart; what is
stopped or completed is told by grey and black.
"""

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from portfolio.exports.sheets import Sheet
from portfolio.gates.wording import GATES
from portfolio.language import Language, Text

QGIS_VERSION = "3.22.16-Białowieża"
GATE_COLOURS = ("#0072b2", "#56b4e9", "#009e73", "#f0e442", "#e69f00", "#cc79a7")
OTHER_COLOUR = "#bbbbbb"
# What an investment of one of these is waiting for or has come to says more than its gate.
STATES: Mapping[str, tuple[str, Text]] = {
    "on_hold": ("#d55e00", Text("Väntar", "On hold")),
    "stopped": ("#999999", Text("Stoppad", "Stopped")),
    "completed": ("#333333", Text("Avslutad", "Completed")),
}
NO_GATE = Text("Utanför program", "Outside any program")
STATE_OR_GATE = """if("status" IN ('on_hold', 'stopped', 'completed'), "status", "gate")"""
SYMBOLS = {"MultiPoint": "marker", "MultiLineString": "line", "MultiPolygon": "fill"}
OUTLINE = "#404040"

Category = tuple[str, str, str]  # value, label, colour


def qml(sheet: Sheet, language: Language) -> str:
    """The style of a table as QGIS keeps it in `layer_styles`."""
    root = ET.Element("qgis", version=QGIS_VERSION, styleCategories=_categories_of(sheet))
    root.set("labelsEnabled", "1" if _label(sheet) else "0")
    root.set("hasScaleBasedVisibilityFlag", "0")
    kind = SYMBOLS.get(sheet.geometry or "")
    if kind is not None:
        _add_renderer(root, sheet, kind, language)
        if _label(sheet):
            _add_labels(root, _label(sheet), kind)
    aliases = ET.SubElement(root, "aliases")
    for index, field in enumerate(sheet.fields, start=1):
        title = field.title.in_language(language)
        ET.SubElement(aliases, "alias", field=field.name, index=str(index), name=title)
    return ET.tostring(root, encoding="unicode")


def _categories_of(sheet: Sheet) -> str:
    return "Symbology|Labeling|Fields" if sheet.geometry else "Fields"


def _names(sheet: Sheet) -> set[str]:
    return {field.name for field in sheet.fields}


def _label(sheet: Sheet) -> str:
    """The field that is written on the map: of investments, which are many, the short code."""
    names = _names(sheet)
    wanted = ("code", "name") if "gate" in names else ("name", "code")
    return next((name for name in wanted if name in names), "")


def categories(sheet: Sheet, language: Language) -> list[Category]:
    """What investments are coloured by: gates in the order of their positions, then states.

    The house's own gates are always there; other templates' gates where an investment has one.
    """
    gates = list(GATES)
    for feature in sheet.features:
        gate = feature.properties.get("gate")
        if gate is not None and gate not in gates:
            gates.append(gate)
    ordered = [*gates[: len(GATES)], *sorted(gates[len(GATES) :])]
    found = [
        (gate, _gate_label(gate, language), GATE_COLOURS[at % len(GATE_COLOURS)])
        for at, gate in enumerate(ordered)
    ]
    found += [
        (state, text.in_language(language), colour) for state, (colour, text) in STATES.items()
    ]
    return [*found, ("", NO_GATE.in_language(language), OTHER_COLOUR)]


def _gate_label(gate: str, language: Language) -> str:
    return GATES[gate].in_language(language) if gate in GATES else gate


def _is_by_gate(sheet: Sheet) -> bool:
    return {"gate", "status"} <= _names(sheet)


def _add_renderer(root: ET.Element, sheet: Sheet, kind: str, language: Language) -> None:
    if not _is_by_gate(sheet):
        single = ET.SubElement(root, "renderer-v2", type="singleSymbol", forceraster="0")
        symbols = ET.SubElement(single, "symbols")
        _add_symbol(symbols, "0", "fill", _area_look(sheet))
        return
    renderer = ET.SubElement(
        root, "renderer-v2", type="categorizedSymbol", attr=STATE_OR_GATE, forceraster="0"
    )
    listed = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for at, (value, label, colour) in enumerate(categories(sheet, language)):
        ET.SubElement(
            listed,
            "category",
            {"symbol": str(at), "value": value, "label": label, "render": "true", "type": "string"},
        )
        _add_symbol(symbols, str(at), kind, _look(kind, colour))


def _area_look(sheet: Sheet) -> dict[str, str]:
    """Areas as thin outlines under everything else; programs as a broad edge without a fill."""
    if "published" in _names(sheet) or "steering" in _names(sheet):
        return {
            "color": _rgba("#0072b2", 20),
            "style": "solid",
            "outline_color": _rgba("#0072b2"),
            "outline_style": "dash",
            "outline_width": "0.8",
        }
    return {
        "color": _rgba("#e8eef2", 110),
        "style": "solid",
        "outline_color": _rgba("#6b7780"),
        "outline_style": "solid",
        "outline_width": "0.2",
    }


def _look(kind: str, colour: str) -> dict[str, str]:
    if kind == "line":
        return {"line_color": _rgba(colour), "line_width": "1", "line_style": "solid"}
    look = {"color": _rgba(colour), "outline_color": _rgba(OUTLINE), "outline_width": "0.25"}
    return (
        {**look, "name": "circle", "size": "3.4"}
        if kind == "marker"
        else {
            **look,
            "color": _rgba(colour, 170),
            "style": "solid",
            "outline_style": "solid",
        }
    )


# What is social is told from what is physical by shape, not by colour.
BY_KIND = {
    "marker": ("name", """if("kind" = 'social', 'diamond', 'circle')"""),
    "line": ("customDash", """if("kind" = 'social', '3;2', '1000;0')"""),
    "fill": ("outlineStyle", """if("kind" = 'social', 'dash', 'solid')"""),
}
LAYER_CLASSES = {"marker": "SimpleMarker", "line": "SimpleLine", "fill": "SimpleFill"}


def _add_symbol(symbols: ET.Element, name: str, kind: str, look: Mapping[str, str]) -> None:
    symbol = ET.SubElement(
        symbols, "symbol", type=kind, name=name, alpha="1", clip_to_extent="1", force_rhr="0"
    )
    layer = ET.SubElement(
        symbol, "layer", {"class": LAYER_CLASSES[kind], "pass": "0", "enabled": "1", "locked": "0"}
    )
    _add_map(layer, look)
    if "line_color" in look or look.get("outline_width") == "0.25":
        _add_kind(layer, *BY_KIND[kind])


def _add_map(parent: ET.Element, values: Mapping[str, str], **attributes: str) -> ET.Element:
    options = ET.SubElement(parent, "Option", {"type": "Map", **attributes})
    for key, value in values.items():
        ET.SubElement(options, "Option", name=key, value=value, type="QString")
    return options


def _add_kind(layer: ET.Element, name: str, expression: str) -> None:
    properties = ET.SubElement(layer, "data_defined_properties")
    outer = _add_map(properties, {"name": ""})
    inner = ET.SubElement(outer, "Option", name="properties", type="Map")
    one = ET.SubElement(inner, "Option", name=name, type="Map")
    ET.SubElement(one, "Option", name="active", value="true", type="bool")
    ET.SubElement(one, "Option", name="expression", value=expression, type="QString")
    ET.SubElement(one, "Option", name="type", value="3", type="int")
    ET.SubElement(outer, "Option", name="type", value="collection", type="QString")


def _add_labels(root: ET.Element, field: str, kind: str) -> None:
    labeling = ET.SubElement(root, "labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    style = ET.SubElement(
        settings,
        "text-style",
        fieldName=field,
        isExpression="0",
        fontFamily="Sans Serif",
        fontSize="8",
        fontSizeUnit="Point",
        textColor=_rgba("#202020"),
        textOpacity="1",
    )
    ET.SubElement(
        style,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor=_rgba("#ffffff"),
        bufferOpacity="1",
    )
    # Around a point, along a line, and level inside a surface.
    placement = {"marker": "0", "line": "2", "fill": "4"}[kind]
    ET.SubElement(settings, "placement", placement=placement, dist="1", distUnits="MM")
    # Surfaces lie under everything: as obstacles they would keep all labels away.
    obstacle = "1" if kind == "marker" else "0"
    ET.SubElement(settings, "rendering", drawLabels="1", obstacle=obstacle)


def _rgba(colour: str, opacity: int = 255) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{opacity}"


# SLD

SLD, OGC, SE = (
    "http://www.opengis.net/sld",
    "http://www.opengis.net/ogc",
    "http://www.opengis.net/se",
)


def sld(sheet: Sheet, language: Language) -> str:
    """The same as Styled Layer Descriptor 1.1 without labels; empty for a table without a map."""
    kind = SYMBOLS.get(sheet.geometry or "")
    if kind is None:
        return ""
    root = ET.Element("StyledLayerDescriptor", {"xmlns": SLD, "version": "1.1.0"})
    named = ET.SubElement(root, "NamedLayer")
    ET.SubElement(named, "Name", xmlns=SE).text = sheet.name
    user = ET.SubElement(named, "UserStyle")
    style = ET.SubElement(user, "FeatureTypeStyle", xmlns=SE)
    if not _is_by_gate(sheet):
        _add_rule(style, sheet.name, None, kind, _area_look(sheet))
        return ET.tostring(root, encoding="unicode")
    for value, label, colour in categories(sheet, language):
        field = "status" if value in STATES else "gate"
        _add_rule(style, label, (field, value), kind, _look(kind, colour))
    return ET.tostring(root, encoding="unicode")


def _add_rule(
    style: ET.Element,
    label: str,
    only: tuple[str, str] | None,
    kind: str,
    look: Mapping[str, str],
) -> None:
    rule = ET.SubElement(style, "Rule")
    ET.SubElement(rule, "Name").text = label
    if only is not None:
        _add_filter(rule, *only)
    drawn = ET.SubElement(
        rule, {"marker": "Point", "line": "Line", "fill": "Polygon"}[kind] + "Symbolizer"
    )
    if kind == "line":
        _add_stroke(drawn, look["line_color"], look["line_width"])
        return
    if kind == "marker":
        graphic = ET.SubElement(drawn, "Graphic")
        drawn = ET.SubElement(graphic, "Mark")
        ET.SubElement(drawn, "WellKnownName").text = look["name"]
        ET.SubElement(graphic, "Size").text = "12"
    fill = ET.SubElement(drawn, "Fill")
    _add_parameter(fill, "fill", _hex(look["color"]))
    _add_parameter(fill, "fill-opacity", f"{int(look['color'].rpartition(',')[2]) / 255:.2f}")
    _add_stroke(drawn, look["outline_color"], look["outline_width"])


def _add_filter(rule: ET.Element, field: str, value: str) -> None:
    chosen = ET.SubElement(rule, "Filter", xmlns=OGC)
    if not value:
        empty = ET.SubElement(chosen, "PropertyIsNull")
        ET.SubElement(empty, "PropertyName").text = field
        return
    equal = ET.SubElement(chosen, "PropertyIsEqualTo")
    ET.SubElement(equal, "PropertyName").text = field
    ET.SubElement(equal, "Literal").text = value


def _add_stroke(parent: ET.Element, colour: str, width_mm: str) -> None:
    stroke = ET.SubElement(parent, "Stroke")
    _add_parameter(stroke, "stroke", _hex(colour))
    # SLD's unit is a pixel of 0.28 mm.
    _add_parameter(stroke, "stroke-width", f"{float(width_mm) / 0.28:.2f}")


def _add_parameter(parent: ET.Element, name: str, value: str) -> None:
    ET.SubElement(parent, "SvgParameter", name=name).text = value


def _hex(rgba: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in rgba.split(",")[:3])


def described(sheets: Sequence[Sheet], language: Language) -> list[dict[str, str]]:
    """The rows of `layer_styles`, without what only the file knows."""
    return [
        {
            "table": sheet.name,
            "name": sheet.title.in_language(language)[:30],
            "qml": qml(sheet, language),
            "sld": sld(sheet, language),
        }
        for sheet in sheets
    ]
