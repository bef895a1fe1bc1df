"""The service's own spans."""

from opentelemetry import trace

tracer = trace.get_tracer("samespan.reference.fastapi")


def child(name, attributes=None, **options):
    """Starts a child of the current span, or of the span in options["context"]."""
    return tracer.start_as_current_span(name, attributes=attributes or {}, **options)
