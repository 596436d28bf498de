import pytest
import shapely
from fastapi.testclient import TestClient
from sqlmodel import select

from portfolio.areas.models import AreaEdition, AreaImport, AreaImportFeature, AreaVersion
from portfolio.database.engine import make_engine, snapshot
from portfolio.database.lookup import count
from portfolio.events.models import Event
from portfolio.investments.models import ShareSet
from portfolio.web.edge import with_edge
from tests.area_imports.importing import (
    AREAS,
    CUT,
    IMPORTS,
    TWO,
    apply,
    boundary_file,
    bring_in,
    codes,
    invest,
    listed,
    on_the_ground,
    preview,
    send,
    start_program,
)
from tests.areas import boundary_samples as samples
from tests.areas.boundary_samples import SWEREF_MEMBER, square

TABLES = (AreaEdition, AreaVersion, AreaImport, AreaImportFeature, ShareSet, Event)
SWEDISH = {"Accept-Language": "sv"}


def rows(database_url: str) -> dict[str, int]:
    engine = make_engine(database_url, pool_size=1)
    with snapshot(engine) as session:
        counted = {str(table.__tablename__): count(session, table) for table in TABLES}
    engine.dispose()
    return counted


def test_a_preview_says_what_the_file_is_and_what_it_would_change(client, gis):
    answer = send(client, gis, boundary_file(TWO))

    assert answer.status_code == 201
    shown = answer.json()
    assert answer.headers["location"] == f"{IMPORTS}/{shown['id']}"
    assert (
        answer.headers["etag"]
        == client.get(answer.headers["location"], headers=gis).headers["etag"]
    )
    assert shown["status"] == "previewed"
    assert (shown["scheme"], shown["valid_from"], shown["extent"]) == ("d", "2020-01-01", "whole")
    assert shown["counts"] == {"added": 2, "changed": 0, "removed": 0, "unchanged": 0}
    assert shown["source"]["filename"] == "Områden.geojson"
    assert shown["source"]["features"] == 2
    assert len(shown["source"]["sha256"]) == 64
    assert shown["issues"] == []
    assert shown["impact"] == {"investments": [], "programs": [], "orphans": []}


def test_a_preview_changes_no_area(client, gis, database_url):
    bring_in(client, gis, TWO)
    before = rows(database_url)

    preview(client, gis, CUT, valid_from="2021-01-01")

    after = rows(database_url)
    assert codes(client) == ["A", "B"]
    assert {name: after[name] - before[name] for name in before} == {
        "area_edition": 0,
        "area_version": 0,
        "area_import": 1,
        "area_import_feature": 3,  # A1 and A2 come, A goes
        "share_set": 0,
        "event": 1,
    }


def test_the_same_file_twice_changes_nothing(client, gis, database_url):
    """A1."""
    bring_in(client, gis, TWO)
    before = rows(database_url)

    again = preview(client, gis, TWO, valid_from="2022-01-01")
    applied = apply(client, gis, again["id"])

    after = rows(database_url)
    assert again["counts"] == {"added": 0, "changed": 0, "removed": 0, "unchanged": 2}
    assert applied.json()["status"] == "applied"
    assert after["area_edition"] == before["area_edition"]
    assert after["area_version"] == before["area_version"]


def test_another_name_is_a_change_and_no_impact_on_shares(client, gis, keys):
    bring_in(client, gis, TWO)
    invest(client, keys, "I-1", on_the_ground(square(0).centroid))

    answer = send(
        client, gis, boundary_file(TWO, {"A": "Nytt namn"}), valid_from="2021-01-01"
    ).json()

    assert answer["counts"] == {"added": 0, "changed": 1, "removed": 0, "unchanged": 1}
    assert answer["impact"] == {"investments": [], "programs": [], "orphans": []}


def test_overlaps_are_reported_and_leave_the_areas_intact(client, gis):
    """A3."""
    overlapping = {
        "A": shapely.box(*square(0).bounds[:2], *(square(0, 0, 110).bounds[2:])),
        "B": square(1),
    }

    shown = bring_in(client, gis, overlapping)

    (issue,) = shown["issues"]
    assert (issue["severity"], issue["kind"], issue["code"]) == ("warning", "overlap", "A")
    assert issue["point"][0] == pytest.approx(18.0, abs=1)
    surface = client.get(f"{AREAS}/A", params={"at": "2026-01-01"}).json()["area_m2"]
    assert surface == pytest.approx(110 * 110, rel=1e-3)


def test_the_tolerances_are_settings(client, gis, keys):
    """A3."""
    tag = client.get("/v1/settings", headers=keys["admin"]).headers["etag"]
    headers = {**keys["admin"], "If-Match": tag}
    changed = client.patch("/v1/settings", headers=headers, json={"overlap_tolerance_m2": 2000})
    assert changed.status_code == 200, changed.text
    overlapping = {"A": square(0, 0, 110), "B": square(1)}

    assert preview(client, gis, overlapping)["issues"] == []


def test_issues_are_told_in_the_language_that_is_asked_for(client, gis):
    content = boundary_file({"A": square(0, 0, 110), "B": square(1)})

    swedish = send(client, gis | SWEDISH, content).json()
    english = client.get(f"{IMPORTS}/{swedish['id']}", headers=gis).json()

    assert "överlappar" in swedish["issues"][0]["detail"]
    assert "overlap" in english["issues"][0]["detail"]


def test_a_part_is_compared_with_the_neighbours_it_will_have(client, gis):
    """A3, A6."""
    bring_in(client, gis, TWO)

    shown = preview(client, gis, {"C": square(0, 1, 100).union(square(0, 0, 20))}, extent="part")

    assert shown["counts"] == {"added": 1, "changed": 0, "removed": 0, "unchanged": 0}
    (issue,) = shown["issues"]
    assert (issue["kind"], issue["code"]) == ("overlap", "A")
    assert "A and C" in issue["detail"]
    assert issue["feature"] is None  # the lower code of the two is not in the file


def test_an_edition_to_come_is_previewed_with_all_it_touches(client, gis, keys):
    """A6."""
    bring_in(client, gis, TWO)
    invest(client, keys, "I-1", on_the_ground(square(0).centroid))
    invest(client, keys, "I-2", listed(("A", 0.5), ("B", 0.5)))
    invest(client, keys, "I-3", on_the_ground(square(1).centroid))
    invest(client, keys, "I-4", on_the_ground(square(1).centroid), served=["A"])
    invest(client, keys, "I-5", {"municipality_wide": True})
    start_program(client, keys, "P-1", ["A", "B"])
    start_program(client, keys, "P-2", ["B"])

    impact = preview(client, gis, CUT, valid_from="2090-01-01")["impact"]

    assert [one["code"] for one in impact["investments"]] == ["I-1", "I-2", "I-4"]
    first, second, fourth = impact["investments"]
    assert first["before"] == [{"code": "A", "share": 1.0}]
    assert first["after"] == [{"code": "A1", "share": 1.0}]
    # Until somebody names a successor, an area list carries over by surface.
    assert second["after"] == [
        {"code": "A1", "share": 0.3},
        {"code": "A2", "share": 0.2},
        {"code": "B", "share": 0.5},
    ]
    assert fourth["before"] == fourth["after"] == [{"code": "B", "share": 1.0}]
    assert fourth["served_before"] == [{"code": "A", "share": 1.0}]
    assert impact["programs"] == [{"code": "P-1", "name": "Program P-1", "areas": ["A"]}]
    assert impact["orphans"] == [
        {"code": "A", "name": "Område A", "investments": ["I-2", "I-4"], "programs": ["P-1"]}
    ]


def test_a_code_that_nobody_points_at_is_no_orphan(client, gis, keys):
    """A6."""
    bring_in(client, gis, TWO)
    invest(client, keys, "I-1", on_the_ground(square(0).centroid))

    shown = preview(client, gis, CUT, valid_from="2090-01-01")

    assert shown["counts"]["removed"] == 1
    assert shown["impact"]["orphans"] == []
    assert apply(client, gis, shown["id"]).status_code == 200


def test_changes_are_geojson_with_the_removed_areas_as_they_were(client, gis):
    bring_in(client, gis, TWO)
    shown = preview(client, gis, {**CUT, "B": square(1, 0, 90)}, valid_from="2090-01-01")
    path = f"{IMPORTS}/{shown['id']}/changes"

    answer = client.get(path, headers=gis)

    assert answer.headers["content-type"] == "application/geo+json"
    assert "etag" in answer.headers
    collection = answer.json()
    assert collection["type"] == "FeatureCollection"
    changes = {one["properties"]["code"]: one for one in collection["features"]}
    assert {code: one["properties"]["change"] for code, one in changes.items()} == {
        "A": "removed",
        "A1": "added",
        "A2": "added",
        "B": "changed",
    }
    assert changes["A"]["properties"]["name"] == "Område A"
    was = client.get(f"{AREAS}/A", params={"at": "2026-01-01"}).json()["geometry"]
    assert changes["A"]["geometry"] == was
    apply(client, gis, shown["id"])
    assert client.get(path, headers=gis).json() == collection


def test_a_discarded_import_stays_in_the_list_without_its_areas(client, gis, database_url):
    shown = preview(client, gis, TWO)
    path = f"{IMPORTS}/{shown['id']}"
    tag = client.get(path, headers=gis).headers["etag"]

    answer = client.delete(path, headers=gis | {"If-Match": tag})

    assert answer.status_code == 204
    assert rows(database_url)["area_import_feature"] == 0
    (listed_one,) = client.get(IMPORTS, headers=gis).json()["items"]
    assert (listed_one["id"], listed_one["status"]) == (shown["id"], "discarded")
    assert client.get(f"{path}/changes", headers=gis).json()["features"] == []
    assert apply(client, gis, shown["id"]).status_code == 409


def test_discarding_needs_the_version_it_starts_from_in_either_language(client, gis):
    shown = send(client, gis, boundary_file({"A": square(0, 0, 110), "B": square(1)}))
    path = shown.headers["location"]
    swedish = client.get(path, headers=gis | SWEDISH).headers["etag"]

    assert client.delete(path, headers=gis).status_code == 428
    assert client.delete(path, headers=gis | {"If-Match": '"other"'}).status_code == 412
    assert swedish != shown.headers["etag"]
    assert client.delete(path, headers=gis | {"If-Match": swedish}).status_code == 204


def test_what_is_applied_or_discarded_is_not_discarded_again(client, gis):
    shown = bring_in(client, gis, TWO)

    answer = client.delete(f"{IMPORTS}/{shown['id']}", headers=gis | {"If-Match": "*"})

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/conflict"


def test_imports_are_listed_page_by_page(client, gis):
    ids = [preview(client, gis, TWO)["id"] for _ in range(3)]

    first = client.get(IMPORTS, headers=gis, params={"limit": 2}).json()
    second = client.get(first["next"], headers=gis).json()

    assert [one["id"] for one in first["items"] + second["items"]] == ids
    assert (first["total"], second["next"]) == (3, None)


def test_a_wrong_field_lists_the_fields_of_the_file(client, gis):
    answer = send(client, gis, boundary_file(TWO), code_field="kod")

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/unreadable-file"
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/code_field"]
    assert "code, name" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"valid_from": "igår"}, "/valid_from"),
        ({"valid_from": "2025-02-30"}, "/valid_from"),
        ({"valid_from": ""}, "/valid_from"),
        ({"extent": "half"}, "/extent"),
        ({"scheme": "no such"}, "/scheme"),
        ({"scheme": "nowhere"}, "/scheme"),
        ({"code_field": ""}, "/code_field"),
        ({"layer": "x\u0000y"}, "/layer"),
        ({"validfrom": "2025-01-01"}, "/validfrom"),
    ],
)
def test_a_malformed_form_is_refused_where_it_is_wrong(client, gis, database_url, form, pointer):
    before = rows(database_url)

    answer = send(client, gis, boundary_file(TWO), **form)

    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "/problems/invalid-body"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert rows(database_url) == before


def test_fields_left_empty_count_as_left_out(client, gis):
    form = {"layer": "", "crs": "", "encoding": "", "extent": ""}

    answer = send(client, gis, boundary_file(TWO), **form)

    assert answer.status_code == 201, answer.text
    assert answer.json()["extent"] == "whole"


def test_a_form_without_a_file_is_refused(client, gis):
    form = {"scheme": "d", "code_field": "code", "name_field": "name", "valid_from": "2020-01-01"}
    nothing = {"other": ("x.txt", b"")}

    missing = client.post(IMPORTS, headers=gis, data=form, files=nothing)
    text = client.post(
        IMPORTS, headers=gis, files={k: (None, v) for k, v in form.items()} | {"file": (None, "x")}
    )
    as_json = client.post(IMPORTS, headers=gis, json=form)

    assert [missing.status_code, text.status_code, as_json.status_code] == [422, 422, 415]
    assert {error["pointer"] for error in missing.json()["errors"]} == {"/file", "/other"}
    assert text.json()["errors"] == [{"pointer": "/file", "detail": "Send a file, not a text."}]


HOSTILE = {
    "nothing": b"",
    "noise": bytes(range(256)) * 40,
    "zip bomb": samples.zip_bomb(450),
    "virtual layer": b"<OGRVRTDataSource><OGRVRTLayer name='a'/></OGRVRTDataSource>",
    "deep JSON": b"[" * 100_000,
    "database": b"SQLite format 3\0" + bytes(2000),
    "no areas": samples.geojson([])[:20],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_and_changes_nothing(client, gis, database_url, name):
    before = rows(database_url)

    answer = send(client, gis, HOSTILE[name])

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert rows(database_url) == before


def test_a_file_over_the_limit_is_not_read(application, client, gis, database_url):
    before = rows(database_url)
    small = application.state.settings.model_copy(update={"max_upload_bytes": 2**20})

    answer = send(TestClient(with_edge(application, small)), gis, b" " * 2**20)

    assert answer.status_code == 413
    assert rows(database_url) == before


def test_the_senders_file_name_is_kept_without_folders(client, gis):
    form = {"scheme": "d", "code_field": "code", "name_field": "name", "valid_from": "2020-01-01"}
    files = {"file": ("C:\\kartor\\..\\Områden.geojson", boundary_file(TWO))}

    answer = client.post(IMPORTS, headers=gis, data=form, files=files)

    assert answer.json()["source"]["filename"] == "Områden.geojson"


@pytest.mark.parametrize("role", ["viewer", "coordinator", "finance", "board"])
def test_only_those_who_look_after_areas_may_import(client, gis, keys, role):
    shown = preview(client, gis, TWO)
    path = f"{IMPORTS}/{shown['id']}"

    assert send(client, keys[role], boundary_file(TWO)).status_code == 403
    assert apply(client, keys[role], shown["id"]).status_code == 403
    assert client.delete(path, headers=keys[role] | {"If-Match": "*"}).status_code == 403
    assert client.get(path, headers=keys[role]).status_code == 200


def test_without_a_key_no_import_is_seen_or_made(client, gis):
    shown = preview(client, gis, TWO)
    path = f"{IMPORTS}/{shown['id']}"

    assert send(client, {}, boundary_file(TWO)).status_code == 401
    assert apply(client, {}, shown["id"]).status_code == 401
    assert [client.get(at).status_code for at in (IMPORTS, path, f"{path}/changes")] == [401] * 3


def test_an_import_that_is_not_there_is_not_found(client, gis):
    assert client.get(f"{IMPORTS}/99", headers=gis).status_code == 404
    assert client.get(f"{IMPORTS}/99/changes", headers=gis).status_code == 404
    assert apply(client, gis, 99).status_code == 404


def test_a_request_sent_twice_makes_one_preview(client, gis, database_url):
    once = gis | {"Idempotency-Key": "boundary-1"}

    first, second = (send(client, once, boundary_file(TWO)) for _ in range(2))

    assert first.json() == second.json()
    assert rows(database_url)["area_import"] == 1


def test_events_tell_of_counts_and_hold_no_geometry(client, gis, database_url):
    shown = bring_in(client, gis, TWO)
    engine = make_engine(database_url, pool_size=1)

    with snapshot(engine) as session:
        resource = f"{IMPORTS}/{shown['id']}"
        events = session.exec(select(Event).where(Event.resource == resource)).all()
    engine.dispose()

    assert [event.action for event in events] == ["area_import.created", "area_import.applied"]
    assert events[1].after["counts"]["added"] == 2
    assert events[1].after["status"] == "applied"
    assert "coordinates" not in str(events[1].after)


def test_rows_with_errors_are_named_and_hold_up_the_import(client, gis):
    """A6."""
    features = [
        samples.feature(square(0), "A"),
        samples.feature(square(1), "A"),
        samples.feature(square(2), None),
    ]

    shown = send(client, gis, samples.geojson(features, crs=SWEREF_MEMBER)).json()
    answer = apply(client, gis, shown["id"])

    kinds = sorted({issue["kind"] for issue in shown["issues"] if issue["severity"] == "error"})
    assert len(kinds) == 2
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/import-not-applicable"
    details = [reason["detail"] for reason in answer.json()["reasons"]]
    assert [kind in detail for kind, detail in zip(kinds, details, strict=True)] == [True, True]
    assert codes(client) == []


def test_the_list_only_says_how_much_there_is_to_read_about_each_import(client, gis):
    bring_in(client, gis, TWO)
    overlapping = {"A1": square(0), "B": square(1), "C": shapely.box(*square(1).bounds)}
    shown = preview(client, gis, overlapping, valid_from="2021-01-01")

    listed_one = client.get(IMPORTS, headers=gis).json()["items"][-1]

    same = {"id", "status", "scheme", "valid_from", "extent", "source", "counts", "created_at"}
    assert {name: listed_one[name] for name in same} == {name: shown[name] for name in same}
    assert {name: listed_one[name] for name in listed_one.keys() - same} == {
        "issues_total": len(shown["issues"]),
        "errors_total": sum(issue["severity"] == "error" for issue in shown["issues"]),
        "investments_total": 0,
        "programs_total": 0,
        "orphans_total": 0,
        "lineage_total": 1,
    }
    assert listed_one["issues_total"] > 0
    assert client.get(f"{IMPORTS}/{shown['id']}", headers=gis).json() == shown
