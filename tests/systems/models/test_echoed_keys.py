"""An endpoint that repeats what was sent: its key gets nowhere, by whichever of its interfaces it comes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tierproof.errors import InputError
from tierproof.systems.models import ModelSpec
from tierproof.systems.models.batch_api import BatchApi
from tierproof.systems.training import conversation
from tierproof.systems.training.hosted import Hosted, tune

KEY = "kestrel-wing"
ENVIRON = {"K": KEY}
ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in KEY)


@contextlib.contextmanager
def echoing(status: int, body: str) -> Iterator[ModelSpec]:
    class Echo(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/v1"
        yield ModelSpec(name="m", base_url=url, api_key_env="K", headers={"X-Version": "1"})
    finally:
        server.shutdown()
        server.server_close()


def test_a_file_loses_the_key_and_no_other_word() -> None:
    with echoing(200, f'{{"said": "11 {ESCAPED}"}}') as spec:
        content = asyncio.run(BatchApi(spec, ENVIRON).content("file-1"))
    # What a header holds that everybody may see stands in answers as well.
    assert json.loads(content) == {"said": "11 [key]"}


@pytest.mark.parametrize(
    "error", [f"wrong: {ESCAPED}", {"message": f"wrong: {KEY}"}, [{"error": {"message": f"wrong: {KEY}"}}]]
)
def test_a_refusal_is_told_without_the_key_whatever_its_form(error: Any, tmp_path: Path) -> None:
    def told(work: Any) -> str:
        with pytest.raises(InputError) as refused:
            asyncio.run(work)
        return str(refused.value)

    with echoing(400, json.dumps({"error": error}).replace("\\\\u", "\\u")) as spec:
        batch = told(BatchApi(spec, ENVIRON).look("batch-1"))
        lesson = conversation(({"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}))
        hosted = Hosted.of(spec, (lesson,) * 12, epochs=1, seed=0, training_price=1.0, most_usd=5.0)
        tuning = told(tune(hosted, tmp_path, environ=ENVIRON, poll_seconds=0.01))
    assert all("status 400: wrong: [key]" in said and KEY not in said for said in (batch, tuning))
