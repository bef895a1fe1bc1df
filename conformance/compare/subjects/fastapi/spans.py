"""The service's own spans."""

from opentelemetry import trace

tracer = trace.get_tracer("samespan.reference.fastapi")


def child(name, attributes=None, **options):
    """Starts a span below the current one, or below options["context"]."""
    return tracer.start_as_current_span(name, attributes=attributes or {}, **options)
