"""What each format has of its own: encodings, layers, axes, curves."""

import json

import pytest
import shapely
from pyproj import Transformer

from portfolio.areas.report import ReaderLimits
from tests.areas import boundary_formats as formats
from tests.areas import boundary_samples as samples
from tests.areas.boundary_formats import GML, GML_3_2, gml, gml_feature, gml_polygon, kml, placemark
from tests.areas.boundary_reading import kinds, pointers, read, read_here, refusal
from tests.areas.boundary_samples import EAST, NORTH, frame, square


def zipped_parts(parts: dict[str, bytes], stem: str = "a") -> bytes:
    return samples.zipped({f"{stem}{suffix}": content for suffix, content in parts.items()})


@pytest.mark.parametrize(
    ("cpg", "encoding"),
    [
        (b"1252", "cp1252"),
        (b"ANSI 1252", "cp1252"),
        (b"windows-1252\r\n", "cp1252"),
        (b"88591", "ISO-8859-1"),
        (b"ISO 8859-1", "ISO-8859-1"),
        (b"ISO88591", "ISO-8859-1"),
        (b"UTF-8\0", "UTF-8"),
        (b"\xef\xbb\xbfUTF8", "UTF-8"),
        (b"65001", "UTF-8"),
        (b"850", "cp850"),
        (b"OEM 865", "cp865"),
        (b"klingon", "ISO-8859-1"),
    ],
)
def test_a_cpg_is_understood_however_it_is_written(tmp_path, cpg, encoding):
    table = frame([square()], names=["Åkersberga"])
    parts = samples.shapefile_parts(tmp_path, table, encoding=encoding)
    parts[".cpg"] = cpg

    assert read_here(zipped_parts(parts)).features[0].name == "Åkersberga"


def test_the_metadata_beside_a_shapefile_is_no_layer(tmp_path):
    parts = samples.shapefile_parts(tmp_path, frame([square()]))
    packed = {f"a{suffix}": content for suffix, content in parts.items()}

    assert read_here(samples.zipped({"a.shp.xml": b"<metadata/>", **packed})).layer == "a"


def mapinfo_parts(folder, table, suffix: str) -> dict[str, bytes]:
    formats.mapinfo(folder, table, suffix)
    return {path.suffix: path.read_bytes() for path in folder.glob("areas.*")}


@pytest.mark.parametrize("suffix", [".tab", ".mif"])
@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("WindowsLatin1", "cp1252"),
        ("Neutral", "cp1252"),
        ("Neutral", "utf-8"),
        ("UTF-8", "utf-8"),
        ("CodePage850", "cp850"),
        ("ISO8859_1", "latin-1"),
        ("Martian", "utf-8"),
    ],
)
def test_the_charset_of_mapinfo_is_honoured(tmp_path, suffix, charset, encoding):
    parts = mapinfo_parts(tmp_path, frame([square()], names=["Xkersberga"]), suffix)
    data, header = (".dat", ".tab") if suffix == ".tab" else (".mid", ".mif")
    raw = "Åkersberga".encode(encoding)
    old = b"Xkersberga" + b"\0" * (len(raw) - 10 if suffix == ".tab" else 0)
    parts[data] = parts[data].replace(old, raw)
    parts[header] = parts[header].replace(b'harset "Neutral"', f'harset "{charset}"'.encode())

    assert read_here(zipped_parts(parts)).features[0].name == "Åkersberga"


def test_the_encoding_parameter_outranks_the_charset_of_mapinfo(tmp_path):
    parts = mapinfo_parts(tmp_path, frame([square()], names=["Åkersberga"]), ".mif")
    parts[".mif"] = parts[".mif"].replace(b'Charset "Neutral"', b'Charset "WindowsLatin1"')

    assert kinds(read_here(zipped_parts(parts))) == [("warning", "mojibake")]
    assert read_here(zipped_parts(parts), encoding="UTF-8").features[0].name == "Åkersberga"
    assert pointers(refusal(zipped_parts(parts), encoding="klingon")) == ["/encoding"]
    assert pointers(refusal(zipped_parts(parts), encoding="ascii")) == ["/encoding"]


@pytest.mark.parametrize(("suffix", "gone"), [(".tab", ".map"), (".tab", ".id"), (".mif", ".mid")])
def test_a_mapinfo_table_that_lacks_a_part_says_which(tmp_path, suffix, gone):
    parts = mapinfo_parts(tmp_path, frame([square()]), suffix)
    del parts[gone]

    assert gone in refusal(zipped_parts(parts)).detail.sv


def test_mapinfo_and_a_shapefile_of_one_name_are_two_layers(tmp_path):
    tab = mapinfo_parts(tmp_path, frame([square()]), ".tab")
    shape = samples.shapefile_parts(tmp_path / "shape", frame([square()]))

    assert pointers(refusal(zipped_parts({**shape, **tab}))) == ["/layer"]
    both = {**{f"a{key}": part for key, part in shape.items()}}
    both |= {f"b{key.upper()}": part for key, part in tab.items()}
    assert read_here(samples.zipped(both), layer="b").driver == "MapInfo File"


SHORT = "674100 6580000 674100 6580100 674000 6580100 674000 6580000 674100 6580000"
WGS = "59 18 59 18.1 59.1 18.1 59 18"


@pytest.mark.parametrize(
    ("positions", "system"),
    [
        (formats.SQUARE, "urn:ogc:def:crs:EPSG::3006"),
        (formats.SQUARE, "urn:ogc:def:crs:EPSG:6.18:3006"),
        (formats.SQUARE, "http://www.opengis.net/def/crs/EPSG/0/3006"),
        (SHORT, "EPSG:3006"),
        (SHORT, "http://www.opengis.net/gml/srs/epsg.xml#3006"),
    ],
)
@pytest.mark.parametrize("version", [GML, GML_3_2])
def test_x_is_east_whatever_order_the_system_of_gml_asks_for(positions, system, version):
    """A2."""
    found = read_here(gml(gml_feature(gml_polygon(positions, system)), version=version))

    assert found.crs == "EPSG:3006"
    assert found.features[0].geometry.equals(shapely.MultiPolygon([square()]))
    assert found.features[0].name == "Åby"


def test_gml_in_degrees_has_latitude_first_when_its_urn_says_so():
    found = read_here(gml(gml_feature(gml_polygon(WGS, "urn:ogc:def:crs:EPSG::4326"))))

    corner = Transformer.from_crs(4326, 3006, always_xy=True).transform(18.1, 59)
    assert shapely.distance(found.features[0].geometry, shapely.Point(corner)) < 0.001


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252"])
def test_gml_says_its_encoding_itself(encoding):
    content = gml(gml_feature(gml_polygon()), encoding=encoding)

    assert read_here(content).features[0].name == "Åby"
    assert read_here(content, encoding=encoding).features[0].name == "Åby"


def test_codes_of_gml_keep_their_zeros():
    found = read_here(gml(gml_feature(gml_polygon(), code="0180")))

    assert found.features[0].code == "0180"


ARC = (
    '<gml:Surface srsName="urn:ogc:def:crs:EPSG::3006"><gml:patches><gml:PolygonPatch>'
    "<gml:exterior><gml:Ring><gml:curveMember><gml:Curve><gml:segments><gml:Arc><gml:posList>"
    "6580000 674000 6580050 674050 6580100 674000</gml:posList></gml:Arc><gml:LineStringSegment>"
    "<gml:posList>6580100 674000 6580000 674000</gml:posList></gml:LineStringSegment>"
    "</gml:segments></gml:Curve></gml:curveMember></gml:Ring></gml:exterior></gml:PolygonPatch>"
    "</gml:patches></gml:Surface>"
)


def test_arcs_of_gml_are_made_straight_and_the_row_is_told():
    half = shapely.Point(EAST, NORTH + 50).buffer(50, quad_segs=256).area / 2

    found = read(gml(gml_feature(gml_polygon()), gml_feature(ARC, "B")))

    straightened = [issue for issue in found.issues if issue.kind == "curve_made_straight"]
    assert [(issue.feature, issue.code) for issue in straightened] == [(2, "B")]
    assert found.features[1].geometry.area == pytest.approx(half, rel=0.001)


def test_curves_of_gml_that_are_no_arcs_are_refused_by_name():
    refused = refusal(gml(gml_feature(ARC.replace("gml:Arc>", "gml:CubicSpline>"))))

    assert "CubicSpline" in refused.detail.sv


def test_gml_that_mixes_systems_is_refused():
    second = gml_feature(gml_polygon(SHORT, "EPSG:3011"), "B")

    refused = refusal(gml(gml_feature(gml_polygon()), second))

    assert "3006" in refused.detail.sv
    assert "3011" in refused.detail.sv


def test_kinds_of_features_in_gml_are_its_layers():
    content = gml(gml_feature(gml_polygon()), gml_feature(gml_polygon(), "B", kind="tomt"))

    assert pointers(refusal(content)) == ["/layer"]
    assert "omr, tomt" in refusal(content, layer="nej").detail.en
    assert [area.code for area in read_here(content, layer="tomt").features] == ["B"]


def test_an_answer_of_a_wfs_is_gml():
    member = gml_feature(gml_polygon()).replace("gml:featureMember", "wfs:member")
    content = gml(member, attributes='xmlns:wfs="http://www.opengis.net/wfs/2.0"')
    content = content.replace(b"o:FeatureCollection", b"wfs:FeatureCollection")

    assert read_here(content).features[0].code == "A"


def test_kml_has_wgs_84_and_its_name_is_a_field_under_both_spellings():
    content = kml(placemark(rings="18.0,59.0,0 18.1,59.0,0\n18.1,59.1,0\t18.0,59.0,0"))

    found = read_here(content)

    corner = Transformer.from_crs(4326, 3006, always_xy=True).transform(18.1, 59.1)
    assert (found.driver, found.layer, found.crs) == ("KML", "Stadsdelar", "EPSG:4326")
    assert shapely.distance(found.features[0].geometry, shapely.Point(corner)) < 0.001
    assert read_here(content, name_field="Name").features[0].name == "Åby"
    assert pointers(refusal(content, name_field="NAME")) == ["/name_field"]
    assert kinds(found) == []


def test_folders_of_kml_are_layers():
    nested = f"<Folder><name>Delar</name>{placemark('C')}</Folder>"
    content = kml(
        f"<Folder><name>Norr</name>{placemark('A')}{nested}</Folder>",
        f"<Folder><name>Söder</name>{placemark('B')}</Folder>",
    )

    assert "Norr, Norr/Delar, Söder" in refusal(content).detail.sv
    assert [area.code for area in read_here(content, layer="Söder").features] == ["B"]
    assert [area.code for area in read_here(content, layer="Norr/Delar").features] == ["C"]


def test_placemarks_that_are_no_areas_and_rings_that_are_broken_are_told_apart():
    point = "<Placemark><name>P</name><ExtendedData><Data name='code'><value>P</value></Data>"
    point += "</ExtendedData><Point><coordinates>18,59</coordinates></Point></Placemark>"
    broken = placemark("B", rings="18,59 east,59 18,59")
    unclosed = placemark("C", rings="18,59 18.1,59 18.1,59.1")

    found = read_here(kml(placemark("A"), point, broken, unclosed))

    assert {(issue.kind, issue.code) for issue in found.issues if issue.severity == "error"} == {
        ("not_a_polygon", "P"),
        ("unrepairable", "B"),
    }
    assert [area.code for area in found.features] == ["A", "C"]


def test_a_kmz_is_a_zip_of_which_the_main_document_counts():
    packed = samples.zipped({"doc.kml": kml(placemark()), "files/more.kml": kml(placemark("B"))})

    assert [area.code for area in read_here(packed).features] == ["A"]


def test_objects_of_topojson_are_layers(tmp_path):
    document = json.loads(formats.topojson(tmp_path, frame([square()])))
    document["objects"]["annat"] = document["objects"]["areas"]
    content = json.dumps(document).encode()

    assert "annat, areas" in refusal(content).detail.sv
    assert read_here(content, layer="annat").features[0].geometry.area == pytest.approx(1e4, abs=1)


def test_one_long_arc_used_very_often_is_refused(tmp_path):
    """A small file must not grow without bound."""
    document = json.loads(formats.topojson(tmp_path, frame([square()])))
    member = document["objects"]["areas"]["geometries"][0]
    document["arcs"] = [[[at % 7, at % 5] for at in range(10_000)]]
    member["arcs"] = [[[0]] for _ in range(1000)]

    assert "vertices" in refusal(json.dumps(document).encode()).detail.en


@pytest.mark.parametrize("index", [99, -99, "0", None, 10**400, True])
def test_an_arc_that_is_not_there_makes_its_row_unreadable(tmp_path, index):
    document = json.loads(formats.topojson(tmp_path, frame([square(), square(1)])))
    document["objects"]["areas"]["geometries"][0]["arcs"] = [[[index]]]

    found = read_here(json.dumps(document).encode())

    assert [area.code for area in found.features] == ["A1"]
    assert {issue.kind for issue in found.issues if issue.severity == "error"} == {"unrepairable"}


def test_several_files_in_a_zip_and_the_layers_inside_them(tmp_path):
    one = samples.geopackage(tmp_path, frame([square()]), layer="desö")
    samples.geopackage(tmp_path, frame([square(1)], codes=["B"]), layer="regsö", mode="a")
    packed = samples.zipped({"x.gpkg": one.read_bytes(), "y.kml": kml(placemark())})

    assert "x, y" in refusal(packed).detail.sv
    assert "desö, regsö" in refusal(packed, layer="x").detail.sv
    assert read_here(packed, layer="x/regsö").features[0].code == "B"
    assert read_here(packed, layer="y").driver == "KML"


@pytest.mark.parametrize("field", ["code_field", "name_field"])
@pytest.mark.parametrize("name", formats.WRITERS)
def test_every_format_lists_its_fields_when_one_is_wrong(tmp_path, name, field):
    table = frame([square()]).to_crs(4326)
    written = formats.WRITERS[name](tmp_path, table)

    refused = refusal(written, **{field: "kod" * 4000})

    assert pointers(refused) == [f"/{field}"]
    assert "code" in refused.detail.sv
    assert "name" in refused.detail.sv
    assert len(refused.detail.sv) < 1000


@pytest.mark.parametrize("name", formats.WRITERS)
def test_limits_hold_in_every_format(tmp_path, name):
    table = frame([square(), square(1), square(2)]).to_crs(4326)
    written = formats.WRITERS[name](tmp_path, table)

    rows = refusal(written, limits=ReaderLimits(features=2))
    vertices = refusal(written, limits=ReaderLimits(vertices=9))

    assert "2 rows" in rows.detail.en
    assert "9 vertices" in vertices.detail.en
