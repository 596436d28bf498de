"""`portfolio serve`: the server and its processes."""

import resource
import socket
from typing import Annotated

import structlog
import typer
import uvicorn

from portfolio.cli.common import open_engine, refusals, refuse, settings
from portfolio.database.roles import may_alter_tables
from portfolio.setting_values import listed
from portfolio.settings import Settings, hand_down
from portfolio.watching.logs import configure_logs
from portfolio.watching.stopping import run

# Files and connections of a process besides those that clients hold: database, imports, logs.
OTHER_FILES = 512
log = structlog.get_logger()


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Processes; 1 unless PORTFOLIO_WORKERS says more."),
    ] = None,
) -> None:
    """Serve the API; refuses a database that is not migrated.

    Example: portfolio serve --port 8001 --workers 2
    """
    engine = open_engine()
    with refusals():
        is_owner = may_alter_tables(engine)
    engine.dispose()
    _require_free(host, port)
    chosen = settings()
    count = workers or chosen.workers
    # Each process keeps to its share of the rates.
    hand_down(workers=count)
    _allow_files(2 * chosen.max_connections + OTHER_FILES)
    typer.echo(f"Portfolio listens on http://{host}:{port}", err=True)
    configure_logs(chosen)
    if is_owner:
        log.warning("the server's role owns the tables; see portfolio database grant")
    raise typer.Exit(run(_configuration(chosen, host, port, count), chosen))


def _configuration(settings: Settings, host: str, port: int, workers: int) -> uvicorn.Config:
    return uvicorn.Config(
        "portfolio.server:create",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        # By name, since the command line has no need of it.
        http="portfolio.web.protocol:BoundedProtocol",
        ws="none",
        # `with_edge` looks at them, and by itself uvicorn would believe anyone on this machine.
        proxy_headers=False,
        # Connections of theirs are not counted as those of one client.
        forwarded_allow_ips=list(listed(settings.trusted_proxies)),
        limit_concurrency=settings.max_connections,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=settings.stop_seconds,
        # A worker that is starting on a busy machine is not a dead one.
        timeout_worker_healthcheck=30,
        server_header=False,
        access_log=False,
        log_config=None,
    )


def _require_free(host: str, port: int) -> None:
    """In words, and before the server says that it listens."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        refuse(
            f"Port {port} on {host} can't be used: {error.strerror}. Choose another with --port."
        )


def _allow_files(needed: int) -> None:
    """Most systems let a process open 1 024 files unless it asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft == unlimited or soft >= needed:
        return
    if hard != unlimited and hard < needed:
        refuse(
            f"This process may open {hard} files, and PORTFOLIO_MAX_CONNECTIONS needs {needed}: "
            "lower it, or raise the limit (ulimit -n, LimitNOFILE)."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
