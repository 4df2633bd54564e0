"""The application: which address is answered by which function, and what every request has to pass.

Enters: kept views, a workspace, fences.  Leaves: an ASGI application.  The only file that knows Litestar: functions of
`pages/` and `api` take and give plain values.

A page is one row of `PAGES`: its address, and a function that gives a `Shown`.  A document is one row of `DOCUMENTS`:
its address, and a function that gives a Struct of `answers/`.  Both get by name what they ask for: `views`, `asked`,
`workspace`, and what stands in the address; what is posted comes as `data`, a Struct.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import Parameter as Argument
from inspect import Signature, getdoc, signature
from typing import Annotated, Any, Final, get_type_hints
from urllib.parse import parse_qsl, quote, urlencode

from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.di import Dependency, NamedDependency, Provide
from litestar.enums import RequestEncodingType, ScopeType
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import Body, PathParameter, QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import structs

from tierproof import __version__
from tierproof.answers.document import Answer, json_text
from tierproof.doors.kept_views import KeptViews
from tierproof.doors.web.api import challenges, decisions, figures, logs, runs
from tierproof.doors.web.asked import Asked, accepted
from tierproof.doors.web.fences import ALONE, COOKIE, HEADERS, LARGEST_UPLOAD, Fences
from tierproof.doors.web.frame import File, Moved, Shown, assets, html_of
from tierproof.doors.web.pages.audit import audit_page, audited_page
from tierproof.doors.web.pages.brief import brief_page
from tierproof.doors.web.pages.critique import critique_page
from tierproof.doors.web.pages.imported import import_page, imported_page
from tierproof.doors.web.pages.label import label_page, labelled_page
from tierproof.doors.web.pages.measure import live_page, measure_page, start_page, stop_page
from tierproof.doors.web.pages.plan import plan_page
from tierproof.doors.web.pages.runs import compare_page, items_page, report_page, runs_page
from tierproof.doors.web.pages.table import table_file, table_page
from tierproof.doors.web.pages.technique import comparison_page, history_page, technique_page
from tierproof.doors.web.schema import described
from tierproof.doors.web.workspace import Workspace
from tierproof.errors import InputError, language_of
from tierproof.evidence.technique import Role
from tierproof.messages import LANGUAGES, Message, gettext, speaking, spoken

__all__ = ["DOCUMENTS", "PAGES", "application"]

PAGES: Final[Mapping[str, Callable[..., Shown | File | Moved]]] = {
    "GET /": table_page,
    "GET /table/{form:str}": table_file,
    "GET /techniques/{name:str}": technique_page,
    "GET /comparison/{first:str}/{second:str}": comparison_page,
    "GET /history": history_page,
    "GET /critique": critique_page,
    "GET /audit": audit_page,
    "POST /audit": audited_page,
    "GET /brief": brief_page,
    "GET /plan": plan_page,
    "GET /measure": measure_page,
    "GET /measure/live": live_page,
    "POST /measure/start": start_page,
    "POST /measure/stop": stop_page,
    "GET /runs": runs_page,
    "GET /runs/items": items_page,
    "GET /runs/compare": compare_page,
    "GET /runs/report": report_page,
    "GET /runs/label": label_page,
    "POST /runs/label": labelled_page,
    "GET /import": import_page,
    "POST /import": imported_page,
}
"""By method and address."""
DOCUMENTS: Final[Mapping[str, Callable[..., Answer]]] = {
    "GET /table": decisions.table,
    "GET /techniques/{name:str}": decisions.technique,
    "GET /comparison/{first:str}/{second:str}": decisions.comparison,
    "GET /history": decisions.history,
    "GET /plan": decisions.plan,
    "GET /brief": decisions.brief,
    "GET /scenarios": decisions.scenarios,
    "GET /critique": challenges.critique,
    "POST /audit": challenges.audit,
    "GET /forecast": runs.forecast,
    "GET /measurement": runs.measurement,
    "POST /import": logs.import_,
    "POST /gate": logs.gate,
    "POST /pool": figures.pool,
    "GET /validation": figures.validation,
    "GET /evidence": figures.census,
    "GET /packs": figures.packs,
}
"""By method and address below `/api/v1`."""
ROOT: Final = "/api/v1"
_SENT: Final = {
    f"{ROOT}{address.removeprefix('POST ')}": get_type_hints(function)["data"]
    for address, function in DOCUMENTS.items()
    if address.startswith("POST ")
}
"""What is posted, by address."""
_ANEW: Final = {"Cache-Control": "no-store", "Vary": "HX-Request, Accept-Language"}
"""Headers of a page: it hangs on these of its request."""
_LOG: Final = logging.getLogger("uvicorn.error")
_GIVEN: Final = ("views", "workspace", "asked")
Request_ = Request[Any, Any, State]


def asked_from(
    *,
    views: NamedDependency[KeptViews],
    lens: Annotated[
        str, QueryParameter(description="What you care for: the id of one of the pack's lenses.")
    ] = "effect",
    role: Annotated[
        Role | None, QueryParameter(description="Who you are; left out: all techniques are listed.")
    ] = None,
    task: Annotated[str | None, QueryParameter(description="Task family, one of the pack's.")] = None,
    model_size: Annotated[str | None, QueryParameter(description="Parameters of your model, such as 8B.")] = None,
    as_of: Annotated[
        str | None, QueryParameter(description="Year, or year and month: later evidence is left out.")
    ] = None,
    include_lab: Annotated[bool, QueryParameter(description="Let synthetic and toy settings count.")] = False,
    lack: Annotated[list[str] | None, QueryParameter(description="Ids of resources that are not at hand.")] = None,
    baseline_success: Annotated[
        float | None, QueryParameter(description="Share of requests that succeed today.")
    ] = None,
    value_per_success: Annotated[
        float | None, QueryParameter(description="USD that one more success is worth.")
    ] = None,
    cost_per_request: Annotated[float | None, QueryParameter(description="USD.")] = None,
    latency_seconds: Annotated[float | None, QueryParameter(description="Of a whole request.")] = None,
    latency_price: Annotated[float | None, QueryParameter(description="USD that a second saved is worth.")] = None,
    requests_per_month: Annotated[float | None, QueryParameter(description="How many there are.")] = None,
    horizon_months: Annotated[float | None, QueryParameter(description="Over which effort paid once counts.")] = None,
    engineer_day_usd: Annotated[float | None, QueryParameter(description="Full cost of a day of an engineer.")] = None,
) -> Asked:
    """Who asks, from the query."""
    # A file's name, which the commands take as well, would have the server read what it names.
    if lens not in views.pack.lenses:
        known = ", ".join(views.pack.lenses)
        raise InputError.of(
            Message("no lens '{lens}'", lens=lens[:40]), remedy=Message("one of: {known}", known=known), field="lens"
        )
    given = {**locals(), "lack": tuple(dict.fromkeys(lack or ()))}
    return Asked(**{name: given[name] for name in Asked.__struct_fields__ if name in given}).sparing(views.profile)


class Described(JsonRenderPlugin):
    """The description of the API, with the forms and notes of the documents' own schemas."""

    def render(self, request: Request_, openapi_schema: dict[str, Any]) -> bytes:
        return json.dumps(described(openapi_schema, _SENT), ensure_ascii=False).encode()


def application(views: KeptViews, *, workspace: Workspace, fences: Fences) -> ASGIApp:
    """The whole of it, behind its fences."""
    handlers: list[HTTPRouteHandler] = [asset, icon]
    handlers += [_handler(address, function, _shown) for address, function in PAGES.items()]
    for address, function in DOCUMENTS.items():
        method, _, path = address.partition(" ")
        handlers.append(_handler(f"{method} {ROOT}{path}", function, _told))
    asking = Litestar(
        handlers,
        dependencies={
            "views": Provide(lambda: views, sync_to_thread=False),
            "workspace": Provide(lambda: workspace, sync_to_thread=False),
            "asked": Provide(asked_from, sync_to_thread=False),
        },
        exception_handlers={InputError: _refused, HTTPException: _refused, Exception: _failed},
        request_max_body_size=LARGEST_UPLOAD,
        openapi_config=OpenAPIConfig(
            title="Tierproof",
            version=__version__,
            path=f"{ROOT}/openapi.json",
            render_plugins=[Described(path=["/", "/openapi.json"])],
        ),
        logging_config=None,
    )
    # Around it, not within: what no route answers is fenced too.
    return _Guarded(asking, fences)


def _handler(address: str, function: Callable[..., Any], tell: Callable[..., Response[Any]]) -> HTTPRouteHandler:
    """The function as Litestar takes one: with the request beside its own arguments, its result told by `tell`."""
    method, _, path = address.partition(" ")
    hints: dict[str, Any] = get_type_hints(function, include_extras=True)
    sent = getattr(hints.get("data"), "__struct_fields__", ())
    alone = tell is _told and not {"files", "log"} & set(sent)
    body = RequestEncodingType.JSON if alone else RequestEncodingType.MULTI_PART
    for name, kind in [pair for pair in hints.items() if pair[0] != "return"]:
        if name in _GIVEN:
            hints[name] = Annotated[kind, Dependency(kind="named")]
            continue
        hints[name] = Annotated[kind, _place(name, path, body, _note(kind))]

    @wraps(function)
    async def answered(request: Request_, **given: Any) -> Any:
        # Programs read English.
        language, lang = _language(request) if tell is _shown else (LANGUAGES[0], "")
        asked = structs.replace(given.get("asked") or Asked(), lang=lang)
        if "asked" in given:
            given["asked"] = asked

        def answer() -> Response[Any]:
            with speaking(language, asked=bool(lang)):
                return tell(function(**given), request, asked)

        # Litestar's own `sync_to_thread` runs only the last method of an address that has several.
        return await sync_to_thread(answer)

    own = [part.replace(annotation=hints[name]) for name, part in signature(function).parameters.items()]
    generic: Any = Response
    result = generic[str if tell is _shown else hints["return"]]
    first = Argument("request", Argument.POSITIONAL_OR_KEYWORD, annotation=Request_)
    answered.__signature__ = Signature([first, *own], return_annotation=result)  # type: ignore[attr-defined]
    answered.__annotations__ = {"request": Request_, **hints, "return": result}
    del answered.__wrapped__
    decorate: Any = {"GET": get, "POST": post}[method]
    handler: HTTPRouteHandler = decorate(
        path,
        status_code=200,
        include_in_schema=tell is _told,
        media_type=MediaType.JSON if tell is _told else MediaType.HTML,
        name=address,
        description=getdoc(function),
    )(answered)
    return handler


def _note(kind: Any) -> str | None:
    """What stands beside a type."""
    return next((one for one in getattr(kind, "__metadata__", ()) if isinstance(one, str)), None)


def _place(name: str, path: str, body: RequestEncodingType, note: str | None) -> Any:
    """Where an argument stands: in the body, the address or its query."""
    if name == "data":
        return Body(media_type=body)
    if f"{{{name}:" in path:
        return PathParameter(description=note)
    return QueryParameter(description=note)


def _language(request: Request_) -> tuple[str, str]:
    """Which a page is told in, and what the address says of it; raises InputError for one that is not spoken."""
    said = request.query_params.get("lang", "")
    if said and said not in LANGUAGES:
        raise InputError.of(
            gettext("no language '{name}'", name=said[:40]),
            remedy=gettext("one of: {names}", names=", ".join(LANGUAGES)),
            field="lang",
        )
    return _spoken_to(request), said


def _shown(shown: Shown | File | Moved, request: Request_, asked: Asked) -> Response[str]:
    if isinstance(shown, Moved):
        # A form of one language holds no answer of another: the whole page is told anew.
        alone = "HX-Request" in request.headers
        headers = {"HX-Redirect" if alone else "Location": shown.address, **_ANEW}
        return Response("", media_type=MediaType.HTML, status_code=200 if alone else 303, headers=headers)
    if isinstance(shown, File):
        kind = f"{shown.media_type}; charset=utf-8"
        return Response(shown.text, media_type=kind, headers={"Cache-Control": "no-store", **ALONE})
    alone = "HX-Request" in request.headers
    headers = dict(_ANEW)
    # A part that a page loads by itself is no place of its own.
    if alone and shown.address and "X-Part" not in request.headers:
        headers["HX-Replace-Url"] = shown.address
    return Response(html_of(shown, asked, alone=alone), media_type=MediaType.HTML, headers=headers)


def _told(answer: Answer, request: Request_, asked: Asked) -> Response[bytes]:
    del request, asked
    return _json(json_text(answer), 200)


def _json(text: str, status: int) -> Response[bytes]:
    content = text.encode()
    return Response(content, media_type=MediaType.JSON, status_code=status, headers={"Cache-Control": "no-store"})


@get("/assets/{name:str}", include_in_schema=False, sync_to_thread=False)
def asset(name: Annotated[str, PathParameter()]) -> Response[bytes]:
    """A file that pages load."""
    if name not in assets():
        raise HTTPException(status_code=404, detail="no such file")
    found = assets()[name]
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(found.content, media_type=f"{found.media_type}; charset=utf-8", headers=headers)


@get("/favicon.ico", include_in_schema=False, sync_to_thread=False)
def icon() -> Response[bytes]:
    """What a browser asks for beside a file that is no page."""
    return Response(assets()["icon.svg"].content, media_type="image/svg+xml")


def _refused(request: Request_, error: Exception) -> Response[Any]:
    """What the person can mend, in the form in which he asked."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    with speaking(_spoken_to(request)):
        return _error(request, status, _detail(error))


def _failed(request: Request_, error: Exception) -> Response[Any]:
    """What nobody foresaw: the log has the trace, the reader no more than that."""
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    with speaking(_spoken_to(request)):
        told = gettext("this failed, which is a fault of the program: the server's log says where")
    return _error(request, 500, told)


def _error(request: Request_, status: int, detail: str) -> Response[Any]:
    if request.url.path.startswith(f"{ROOT}/"):
        return _json(json.dumps({"status_code": status, "detail": detail}, ensure_ascii=False), status)
    shown = Shown(title=f"{status}", answer="error.html", data={"detail": detail.splitlines()})
    with speaking(_spoken_to(request)), speaking(language_of(detail)):
        lang = request.query_params.get("lang", "")
        asked = Asked(lang=lang if lang in LANGUAGES else "")
        found = html_of(shown, asked, alone="HX-Request" in request.headers)
    return Response(found, media_type=MediaType.HTML, status_code=status, headers=_ANEW)


def _detail(error: Exception) -> str:
    if not isinstance(error, HTTPException):
        return str(error)
    faults = [(str(one.get("key", "data")), one["message"]) for one in error.extra or () if isinstance(one, dict)]
    if spoken() == LANGUAGES[0]:
        return "; ".join(f"{key}: {message}" for key, message in faults) or error.detail
    if faults:
        names = ", ".join(key for key, _ in faults)
        return gettext("it cannot be understood what is given as: {names}", names=names)
    told = {404: gettext("there is no such page"), 413: gettext("more was sent than is taken")}
    return told.get(error.status_code, error.detail)


def _spoken_to(request: Request_) -> str:
    """The language of a page that says what went wrong; programs read English."""
    if request.url.path.startswith(f"{ROOT}/"):
        return LANGUAGES[0]
    said = request.query_params.get("lang", "")
    return said if said in LANGUAGES else accepted(request.headers.get("accept-language", ""))


class _Guarded:
    """Lets through what the fences do, and puts the headers of every reply on it."""

    def __init__(self, app: ASGIApp, fences: Fences) -> None:
        self._app, self._fences = app, fences

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = parse_qsl(scope["query_string"].decode("latin-1"))

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                known = {name for name, _ in own}
                added = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = own + [pair for pair in added if pair[0] not in known]
            await send(message)

        if why := self._fences.refusal(str(scope["method"]), headers):
            await _say(guarded, 403, why)
        elif self._fences.token and (shown := dict(query).get("token")) is not None:
            await self._let_in(guarded, scope, shown, query)
        elif not self._fences.admits(headers):
            await _say(guarded, 401, "this server asks for a token: open the address that it printed")
        else:
            # A form sends the fields that are left empty too.
            scope["query_string"] = urlencode(query).encode()
            await self._app(scope, receive, guarded)

    async def _let_in(self, send: Send, scope: Scope, shown: str, query: Sequence[tuple[str, str]]) -> None:
        """Keep the token in a cookie, which addresses and the logs of other servers never show."""
        if not self._fences.is_token(shown):
            await _say(send, 401, "this is not the server's token")
            return
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        where = quote(scope["path"]) + (f"?{rest}" if rest else "")
        cookie = f"{COOKIE}={shown}; HttpOnly; SameSite=Lax; Path=/"
        # Two slashes at the start would lead to another host.
        headers = {"Location": f"/{where.lstrip('/')}", "Set-Cookie": cookie, "Cache-Control": "no-store"}
        await _say(send, 303, "", headers)


async def _say(send: Any, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
    """A reply of plain text."""
    told = {"Content-Type": "text/plain; charset=utf-8", **(headers or {})}
    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": text.encode()})
