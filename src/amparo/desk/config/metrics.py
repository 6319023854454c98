"""How the desk is doing, as OpenMetrics: counts and times by the name of a route, never by an address, a person or an office."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

from amparo.desk.access.guard import open_to_all

from . import health

METHODS = frozenset({"GET", "HEAD", "POST"})
LOOPBACK = frozenset({"127.0.0.1", "::1"})
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
registry = CollectorRegistry(auto_describe=False)
requests = Counter("amparo_requests", "Answers by route, method and status.", ["route", "method", "status"], registry=registry)
seconds = Histogram("amparo_request_seconds", "Time to an answer by route.", ["route"], buckets=SECONDS, registry=registry)


def route_of(request: HttpRequest) -> str:
    """Return the name of the route that a request came by; addresses hold case numbers and are never told."""
    match = getattr(request, "resolver_match", None)
    return match.view_name if match is not None and match.view_name else "none"


class MetricsMiddleware:
    """Stands before everything else and counts every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = self.get_response(request)
        route = route_of(request)
        method = request.method if request.method in METHODS else "other"
        requests.labels(route, method, str(response.status_code)).inc()
        seconds.labels(route).observe(time.perf_counter() - begun)
        return response


class _Site:
    """What is read anew whenever somebody asks: the queue, the worker, the disk."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges."""
        from django_tasks_db.models import DBTaskResult

        depth = GaugeMetricFamily("amparo_queue_tasks", "Tasks by state.", labels=["state"])
        for state, count in DBTaskResult.objects.order_by().values_list("status").annotate(Count("pk")):
            depth.add_metric([state.lower()], count)
        yield depth
        oldest = DBTaskResult.objects.filter(status="READY").aggregate(at=Min("enqueued_at"))["at"]
        waiting = (timezone.now() - oldest).total_seconds() if oldest else 0
        yield GaugeMetricFamily("amparo_queue_oldest_seconds", "How long the oldest task has waited.", value=max(0, waiting))
        yield GaugeMetricFamily("amparo_disk_free_bytes", "Room on the site's disk.", value=health.free_bytes())
        age = health.worker_age()
        if age is not None:
            yield GaugeMetricFamily("amparo_worker_beat_seconds", "Since the worker's last sign of life.", value=age)


registry.register(_Site())


def may_read(request: HttpRequest) -> bool:
    """Say whether metrics are told: to who shows the token, or, where no proxy stands in front, to this computer."""
    token = os.environ.get("AMPARO_METRICS_TOKEN", "")
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    return not settings.BEHIND_TLS and request.META.get("REMOTE_ADDR") in LOOPBACK


@open_to_all("who shows the token, or this computer itself where no proxy stands in front; to others it does not exist")
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Tell counts and times."""
    if not may_read(request):
        raise Http404
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
