"""A real identity provider, canaille, with four people: run by the Python of its own environment.

It stands apart because canaille installs a package called `tests`. Arguments: a port, and a file
that says which signing keys it has (`{"active": [...], "inactive": [...]}`), read at start.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

PASSWORD = "correct horse battery staple"
# Who is in which group, and in which department.
PEOPLE = {
    "ada": (["portfolio-coordinators", "everybody"], ""),
    "bo": (["portfolio-departments"], "FGK"),
    "cy": (["everybody"], ""),
    "di": (["portfolio-coordinators", "portfolio-finance"], ""),
}


def configuration(port: int, keys: dict[str, Any]) -> dict[str, Any]:
    return {
        "SECRET_KEY": "only for tests",
        "SERVER_NAME": f"127.0.0.1:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "CANAILLE": {"DATABASE": "memory", "LOGGING": None},
        "CANAILLE_OIDC": {
            "ACTIVE_JWKS": keys["active"],
            "INACTIVE_JWKS": keys["inactive"],
            "REQUIRE_NONCE": False,
            # No claim of its own is for this, so the municipality chooses one.
            "USERINFO_MAPPING": {"WEBSITE": "{{ user.department or '' }}"},
        },
    }


def populate(app: Any) -> None:
    models = importlib.import_module("canaille.app").models
    backend = app.backend
    with app.app_context():
        groups: dict[str, list[Any]] = {}
        for login, (names, department) in PEOPLE.items():
            user = models.User(
                user_name=login,
                formatted_name=f"Official {login}",
                family_name=login,
                emails=[f"{login}@example.org"],
                password=PASSWORD,
                department=department or None,
            )
            backend.save(user)
            for name in names:
                groups.setdefault(name, []).append(user)
        for name, members in groups.items():
            backend.save(models.Group(display_name=name, members=members))
        for name in ("portfolio", "payroll"):
            client = models.Client(
                client_id=name,
                client_name=name,
                client_secret="secret",
                grant_types=["password"],
                token_endpoint_auth_method="client_secret_post",
                scope=["openid", "profile", "groups"],
            )
            backend.save(client)
            client.audience = [client]
            backend.save(client)


def main(port: int, keys: Path) -> None:
    # A module of that other environment, where ours can't look for its types.
    app = importlib.import_module("canaille").create_app(
        configuration(port, json.loads(keys.read_text("utf-8")))
    )
    populate(app)
    serving = importlib.import_module("werkzeug.serving")
    serving.make_server("127.0.0.1", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
