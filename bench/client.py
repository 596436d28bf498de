"""A load client in processes of its own, so that it does not share a lock with what it measures."""

import http.client
import multiprocessing
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of connections reached; latencies in milliseconds."""

    per_second: float
    p50: float
    p95: float


def _ask(url: str, headers: dict[str, str], seconds: float) -> list[float]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    path = address.path + (f"?{address.query}" if address.query else "")
    latencies: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{url} answered {answer.status}")
        latencies.append((time.perf_counter() - began) * 1000)
    connection.close()
    return latencies


def load(url: str, headers: dict[str, str], *, connections: int, seconds: float) -> Load:
    """Ask again and again over a number of connections, for some seconds."""
    _ask(url, headers, 0.5)
    with multiprocessing.Pool(connections) as pool:
        found = pool.starmap(_ask, [(url, headers, seconds)] * connections)
    latencies = sorted(latency for part in found for latency in part)
    return Load(
        len(latencies) / seconds,
        latencies[len(latencies) // 2],
        latencies[int(len(latencies) * 0.95)],
    )


def fetch(url: str, headers: dict[str, str]) -> bytes:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    path = address.path + (f"?{address.query}" if address.query else "")
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{url} answered {answer.status}: {body[:500]!r}")
    return body
