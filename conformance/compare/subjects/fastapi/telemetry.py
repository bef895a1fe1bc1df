"""OpenTelemetry: what a service of yours would have too.

The endpoint, its security, the delay between exports, the sampler and the
propagators are what the OTEL_* variables say, which the SDK reads by itself.
"""

import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

EXCLUDED = "healthz,metrics,docs"


def set_up() -> TracerProvider:
    """Builds the provider and makes it the global one, before there is an app."""
    name = os.getenv("OTEL_SERVICE_NAME", "fastapi")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def shut_down(provider: TracerProvider) -> None:
    """Exports what is left."""
    provider.force_flush(timeout_millis=5000)
    provider.shutdown()
