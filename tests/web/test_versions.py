"""ETag and If-Match: nobody overwrites what somebody else has just changed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from tests import scenario
from tests.events.calls import every_write

Keys = dict[str, dict[str, str]]
PATH = "/v1/bodies/council"


def tag_of(client: TestClient, keys: Keys, path: str = PATH) -> str:
    tag: str = client.get(path, headers=keys["admin"]).headers["etag"]
    return tag


def change(client: TestClient, keys: Keys, tag: str, name: str = "Fullmäktige") -> int:
    headers = {**keys["admin"], "If-Match": tag}
    return client.patch(PATH, json={"name": name}, headers=headers).status_code


def test_the_tag_that_was_read_opens_one_change(client, keys):
    tag = tag_of(client, keys)

    assert change(client, keys, tag) == 200
    assert change(client, keys, tag, "En gång till") == 412
    assert client.get(PATH, headers=keys["admin"]).json()["name"] == "Fullmäktige"


def test_a_change_answers_with_the_new_tag(client, keys):
    headers = {**keys["admin"], "If-Match": tag_of(client, keys)}

    changed = client.patch(PATH, json={"name": "Nytt"}, headers=headers)

    assert changed.headers["etag"] == tag_of(client, keys)
    assert changed.headers["etag"] != headers["If-Match"]


def test_a_star_matches_whatever_is_there_and_nothing_that_is_not(client, keys):
    assert change(client, keys, "*") == 200
    headers = {**keys["admin"], "If-Match": "*"}
    assert client.patch("/v1/bodies/none", json={}, headers=headers).status_code == 404


def test_one_tag_in_a_list_is_enough_and_a_weak_one_never_is(client, keys):
    tag = tag_of(client, keys)

    assert change(client, keys, f"W/{tag}") == 412
    assert change(client, keys, f'"other", W/{tag}') == 412
    assert change(client, keys, f'"other",{tag} , "more"') == 200


@pytest.mark.parametrize("tag", ["", '""', '"', "council", "''", '"*"', "**", ","])
def test_what_is_no_tag_matches_nothing(client, keys, tag):
    assert change(client, keys, tag) == 412


def test_every_created_and_every_single_resource_has_a_strong_tag(client, keys):
    for method, route, response in every_write(client, keys["admin"]):
        if response.status_code in (200, 201):
            tag = response.headers["etag"]
            assert tag.startswith('"'), f"{method} {route}"
            assert tag.endswith('"')


def test_the_tag_of_what_was_made_opens_its_first_change(client, keys):
    admin = keys["admin"]
    body = {"code": "new", "name": "Ny", "level": "committee"}
    made = client.post("/v1/bodies", json=body, headers=admin)

    headers = {**admin, "If-Match": made.headers["etag"]}
    changed = client.patch(made.headers["location"], json={"name": "Nyare"}, headers=headers)

    assert changed.status_code == 200


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_tag_does_not_depend_on_the_language(client, keys, language):
    scenario.put_municipality(client, keys["admin"])
    scenario.put_investment(client, keys["admin"])
    path = "/v1/investments/LIN-01"
    tag = client.get(path, headers={**keys["admin"], "Accept-Language": language}).headers["etag"]

    headers = {**keys["admin"], "If-Match": tag, "Accept-Language": "sv"}

    assert client.patch(path, json={"name": "Ny"}, headers=headers).status_code == 200


def test_of_many_changes_at_once_from_the_same_version_one_succeeds(client, keys):
    tag = tag_of(client, keys)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: change(client, keys, tag, f"Nr {n}"), range(8)))

    assert sorted(statuses) == [200, *[412] * 7]


def test_a_deletion_is_refused_when_the_resource_has_changed(client, keys):
    admin = keys["admin"]
    scenario.put_organisation(client, admin)
    path = "/v1/departments/FGK"
    stale = tag_of(client, keys, path)
    headers = {**admin, "If-Match": stale}
    assert client.patch(path, json={"name": "Gata"}, headers=headers).status_code == 200

    assert client.delete(path, headers=headers).status_code == 412
    headers["If-Match"] = tag_of(client, keys, path)
    assert client.delete(path, headers=headers).status_code == 204
    assert client.get(path, headers=admin).status_code == 404
