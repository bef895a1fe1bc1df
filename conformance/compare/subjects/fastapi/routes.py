"""The routes of CONTRACT.md."""

import asyncio
import json
import os
import tempfile

import httpx
from fastapi import APIRouter, BackgroundTasks, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.trace import Link, Status, StatusCode

from spans import child

FILE_SIZE = 100_000
EVENT_INTERVAL = 0.01
NOT_HERE = "not supported by this framework"

router = APIRouter()
mounted = APIRouter(prefix="/mounted")


class CustomFailure(Exception):
    """The error that the service's own error handler answers with 418."""


class InnerPanic(Exception):
    """The error that a recovery inside the instrumentation answers with 500."""


def status_of(code: str) -> int:
    if not code.isascii() or not code.isdigit() or not 200 <= int(code) <= 599:
        raise HTTPException(400, f"got {code!r}, want an HTTP status from 200 to 599")
    return int(code)


def answer(code: str) -> Response:
    status = status_of(code)
    if status in (204, 304):
        return Response(status_code=status)
    return PlainTextResponse(f"status {status}", status)


def event(number: int) -> str:
    return f"data: {number}\n\n"


def events(generator) -> StreamingResponse:
    return StreamingResponse(generator, media_type="text/event-stream")


# The routes that every service has.


@router.get("/process/{item_id}")
async def process(item_id: str):
    with child("process_item_logic", {"item.id": item_id}) as span:
        span.set_attribute("processing.status", "completed")
        return {"item_id": item_id, "status": "processed"}


@router.get("/healthz")
@router.get("/metrics")
@router.get("/docs")
async def probe():
    with child("excluded_logic"):
        return PlainTextResponse("ok")


@router.get("/status/{code}")
async def status(code: str):
    return answer(code)


@router.post("/echo")
async def echo(request: Request):
    kind = request.headers.get("content-type", "application/octet-stream")
    return Response(await request.body(), headers={"content-type": kind})


@router.get("/panic")
async def panic():
    raise RuntimeError("reference panic")


# Errors.


@router.get("/fail/{code}")
async def fail(code: str):
    raise HTTPException(status_of(code), "reference failure")


@router.get("/panic/inside")
async def panic_inside():
    raise InnerPanic("reference panic")


@router.get("/described/{code}")
async def described(code: str):
    response = answer(code)
    span = trace.get_current_span()
    span.set_status(Status(StatusCode.ERROR, "described by the handler"))
    span.update_name("named by the handler")
    return response


@router.get("/write/{kind}")
async def write(kind: str):
    async def partial():
        yield "partial"
        raise RuntimeError("reference failure")

    async def flushed():
        yield ""
        yield "late"

    if kind == "twice":
        return PlainTextResponse("created", 201)
    if kind == "partial":
        return StreamingResponse(partial(), media_type="text/plain")
    if kind == "implicit":
        return PlainTextResponse("ok")
    if kind == "nothing":
        return Response()
    if kind == "flushed":
        return StreamingResponse(flushed(), media_type="text/plain")
    if kind == "custom":
        raise CustomFailure
    raise HTTPException(501 if kind in ("hijacked", "aborted") else 400, NOT_HERE)


@router.get("/observed")
async def observed():
    # The service does not have the capability "handler errors", so both counts are 0.
    return {"error_handler": 0, "outer_errors": 0}


# Routes for contexts, and tasks that outlive a request.


@router.get("/context/{source}")
async def of_context(source: str):
    async def work():
        with child("context_child", {"context.source": source}):
            pass

    if source in ("request", "framework"):
        await work()
    elif source == "goroutine":
        await asyncio.create_task(work())
    elif source != "middleware":
        raise HTTPException(400, f"unknown source of contexts {source!r}")
    return PlainTextResponse("ok")


@router.get("/background", status_code=202)
async def background(tasks: BackgroundTasks):
    async def work(link, tenant):
        attributes = {} if tenant is None else {"baggage.tenant": tenant}
        with child("background_work", attributes, context=context.Context(), links=[link]):
            await asyncio.sleep(0.05)

    link = Link(trace.get_current_span().get_span_context())
    tasks.add_task(work, link, baggage.get_baggage("tenant"))
    return PlainTextResponse("accepted", 202, background=tasks)


class Round:
    """The tasks that wait for the next POST /release."""

    def __init__(self):
        self.released = asyncio.Event()
        self.tasks = []


state: dict = {}


@router.get("/after/{item_id}")
async def after(item_id: str):
    current = state.setdefault("round", Round())
    kept = context.get_current()

    async def work():
        await current.released.wait()
        with child("after_response", {"item.id": item_id}, context=kept):
            pass

    current.tasks.append(asyncio.create_task(work()))
    return PlainTextResponse("accepted", 202)


@router.post("/release")
async def release():
    current = state.pop("round", None)
    if current is not None:
        current.released.set()
        await asyncio.gather(*current.tasks)
    return PlainTextResponse("released")


@router.get("/baggage")
async def members():
    return dict(baggage.get_all())


# Calls to other services.


@router.post("/relay")
async def relay(request: Request):
    try:
        asked = json.loads(await request.body())
        if not isinstance(asked, list):
            raise ValueError("not an array")
        calls = [(call["url"], call["arguments"]) for call in asked]
    except (ValueError, TypeError, KeyError) as error:
        raise HTTPException(400, 'want a JSON array of {"url": ..., "arguments": ...}') from error
    statuses = []
    async with httpx.AsyncClient(timeout=30, follow_redirects=False) as client:
        for url, arguments in calls:
            headers: dict = {}
            propagate.inject(headers)
            try:
                statuses.append((await client.post(url, json=arguments, headers=headers)).status_code)
            except httpx.HTTPError:
                statuses.append(0)
    return JSONResponse({"statuses": statuses}, 502 if 0 in statuses else 200)


# Routes of all kinds.


@mounted.get("/users/{user_id}")
async def user(user_id: str):
    return PlainTextResponse("ok")


@router.get("/files/{path:path}")
async def files(path: str):
    return PlainTextResponse("ok")


# Bodies and streams.


@router.get("/stream")
async def stream():
    async def five():
        for number in range(1, 6):
            with child("stream_event", {"event.number": number}):
                yield event(number)
            await asyncio.sleep(EVENT_INTERVAL)

    return events(five())


@router.get("/endless")
async def endless():
    async def many():
        for number in range(1, 6001):
            yield event(number)
            await asyncio.sleep(EVENT_INTERVAL)

    return events(many())


@router.get("/held")
async def held():
    gate = state.setdefault("held", asyncio.Event())

    async def two():
        yield event(1)
        await asyncio.wait_for(gate.wait(), 60)
        yield event(2)

    return events(two())


@router.post("/held")
async def let_go():
    gate = state.pop("held", None)
    if gate is not None:
        gate.set()
    return PlainTextResponse("let go")


@router.get("/slow/{ms}")
async def slow(ms: str, request: Request):
    if not ms.isascii() or not ms.isdigit() or int(ms) > 60000:
        raise HTTPException(400, f"got {ms!r}, want a number of milliseconds from 0 to 60000")
    deadline = asyncio.get_running_loop().time() + int(ms) / 1000
    while (left := deadline - asyncio.get_running_loop().time()) > 0:
        await asyncio.sleep(min(left, 0.01))
        if await request.is_disconnected():
            break
    return PlainTextResponse("ok")


@router.get("/deaf/{code}")
async def deaf(code: str):
    response = answer(code)
    await asyncio.sleep(0.05)
    return response


@router.get("/late/{code}")
@router.get("/upgrade")
@router.post("/upload")
@router.get("/writer")
@router.get("/abort")
@router.post("/batch")
@router.post("/lifecycle/{action}")
async def not_here():
    raise HTTPException(501, NOT_HERE)


def register(app: FastAPI) -> None:
    """Registers all routes. The served files are in a separate directory."""
    folder = tempfile.mkdtemp(prefix="samespan-fastapi-")
    static = os.path.join(folder, "static")
    os.mkdir(static)
    with open(os.path.join(static, "hello.txt"), "w", encoding="ascii") as file:
        file.write("hello\n")
    letters = os.path.join(folder, "file.txt")
    with open(letters, "w", encoding="ascii") as file:
        file.write("".join(chr(ord("a") + i % 26) for i in range(FILE_SIZE)))

    @app.get("/file")
    async def file():
        return FileResponse(letters)

    @app.exception_handler(CustomFailure)
    async def custom(_: Request, __: CustomFailure):
        return PlainTextResponse("custom", 418)

    @app.exception_handler(InnerPanic)
    async def recovered(_: Request, __: InnerPanic):
        return PlainTextResponse("Internal Server Error", 500)

    app.include_router(router)
    app.include_router(mounted)
    app.mount("/static", StaticFiles(directory=static))
    if os.getenv("SAMESPAN_SLUG") == "true":

        @app.get("/{slug}")
        async def slug(slug: str):
            return PlainTextResponse("slug")
