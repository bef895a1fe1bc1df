"""The setup of OpenTelemetry, as any service would have it.

The SDK reads the endpoint, its security, the delay between exports, the sampler and
the propagators from the OTEL_* variables.
"""

import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

EXCLUDED = "healthz,metrics,docs"


def set_up() -> TracerProvider:
    """Creates the provider and registers it globally. Call it before creating the app."""
    name = os.getenv("OTEL_SERVICE_NAME", "fastapi")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def shut_down(provider: TracerProvider) -> None:
    """Exports the remaining telemetry."""
    provider.force_flush(timeout_millis=5000)
    provider.shutdown()
