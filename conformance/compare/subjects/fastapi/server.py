"""The reference service of CONTRACT.md in FastAPI: its start and end."""

import argparse
import os
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

import routes
import telemetry
from inside import Inside

provider = telemetry.set_up()


@asynccontextmanager
async def lifespan(_: FastAPI):
    yield
    telemetry.shut_down(provider)


# FastAPI's own pages are disabled: the contract uses their paths.
app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
app.add_middleware(Inside)
if os.getenv("SAMESPAN_BARE") != "true":
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, excluded_urls=telemetry.EXCLUDED)
routes.register(app)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--addr", default=os.getenv("SAMESPAN_ADDR", "127.0.0.1:8080"))
    host, _, port = parser.parse_args().addr.rpartition(":")
    # By default, uvicorn trusts X-Forwarded-* of every client at 127.0.0.1, such as the suite.
    uvicorn.run(app, host=host, port=int(port), log_level="warning", timeout_graceful_shutdown=5, proxy_headers=False)


if __name__ == "__main__":
    main()
