"""The middleware between the instrumentation and the handlers."""

from urllib.parse import unquote

from opentelemetry import baggage, context
from starlette.responses import PlainTextResponse

from spans import child


class Inside:
    """Sets the baggage member of X-Set-Baggage, and starts the span of
    GET /context/middleware."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"] == "/context/middleware":
            with child("context_child", {"context.source": "middleware"}):
                pass
        asked = dict(scope["headers"]).get(b"x-set-baggage")
        if asked is None:
            await self.app(scope, receive, send)
            return
        key, equals, value = asked.decode("latin-1").partition("=")
        if not equals or not key.strip():
            await PlainTextResponse("X-Set-Baggage: want key=value", 400)(scope, receive, send)
            return
        token = context.attach(baggage.set_baggage(key.strip(), unquote(value.strip())))
        try:
            await self.app(scope, receive, send)
        finally:
            context.detach(token)
