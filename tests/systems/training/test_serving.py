"""Models on this disk answer as any endpoint does; what is proposed by a draft or the prompt changes no answer."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

REASON = "needs the extra train: pip install 'tierproof[train]'"
pytest.importorskip("torch", reason=REASON)
pytest.importorskip("transformers", reason=REASON)
pytestmark = pytest.mark.filterwarnings("ignore")

from systems.training.test_trainers import run  # noqa: E402
from systems.training.tiny import lessons, save_model  # noqa: E402
from tierproof.errors import InputError  # noqa: E402
from tierproof.systems.models.chat import ChatReply, ChatRequest, ModelSpec, Price, user_message  # noqa: E402
from tierproof.systems.models.simple import chat  # noqa: E402
from tierproof.systems.models.wire.refusals import CallRefused  # noqa: E402
from tierproof.systems.training import Tuning  # noqa: E402
from tierproof.systems.training.making.server import ModelServer, Served  # noqa: E402
from tierproof.systems.training.worker.generation import answer  # noqa: E402
from tierproof.systems.training.worker.loading import load  # noqa: E402


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taught")
    run(folder, save_model(tmp_path_factory.mktemp("base"), width=64), Tuning(epochs=10, learning_rate=5e-3))
    return folder / "model"


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("draft")
    run(folder, save_model(tmp_path_factory.mktemp("small")), Tuning(epochs=4, learning_rate=5e-3))
    return folder / "model"


@pytest.fixture(scope="module")
def untaught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights never end an answer, so it runs to its limit and every proposal is put to the test."""
    return save_model(tmp_path_factory.mktemp("random"), seed=5)


def questions() -> list[tuple[dict[str, str], ...]]:
    return [({"role": "user", "content": one.asked},) for one in lessons(12)]


def test_what_a_draft_proposes_changes_no_greedy_answer(model: Path, draft: Path, untaught: Path) -> None:
    for target, before in ((model, draft), (untaught, draft), (model, untaught)):
        large, tokenizer = load(target)
        small, _ = load(before)
        for asked in questions():
            plain = answer(large, tokenizer, asked, 24)
            assert answer(large, tokenizer, asked, 24, speculation={"assistant_model": small}) == plain


def test_what_the_prompt_proposes_changes_no_greedy_answer(model: Path, untaught: Path) -> None:
    for folder in (model, untaught):
        loaded, tokenizer = load(folder)
        for asked in questions():
            plain = answer(loaded, tokenizer, asked, 24)
            assert answer(loaded, tokenizer, asked, 24, speculation={"prompt_lookup_num_tokens": 4}) == plain


def served(
    tmp_path: Path, use: Callable[[ModelServer, Callable[[Served], Awaitable[ModelSpec]]], Awaitable[None]]
) -> None:
    async def go() -> None:
        async with ModelServer(tmp_path / "server.log") as server:

            async def spec(wanted: Served) -> ModelSpec:
                address, name = await server.serve(wanted)
                return ModelSpec(name="m", base_url=address, model_id=name, price=Price(input=1.0, output=1.0))

            await use(server, spec)

    asyncio.run(go())


async def asked(spec: ModelSpec, *requests: ChatRequest) -> list[ChatReply]:
    return await asyncio.to_thread(chat, spec, requests)


def test_models_answer_like_any_endpoint(tmp_path: Path, model: Path, draft: Path) -> None:
    async def use(server: ModelServer, spec: Callable[[Served], Awaitable[ModelSpec]]) -> None:
        plain = await spec(Served(folder=str(model)))
        drafted = await spec(Served(folder=str(model), draft=str(draft)))
        assert plain.base_url == drafted.base_url and plain.model_id != drafted.model_id
        requests = [
            ChatRequest(model="m", messages=turns, temperature=0.0, max_tokens=12, logprobs=True)
            for turns in questions()[:6]
        ]
        one, other = await asked(plain, *requests), await asked(drafted, *requests)
        assert [reply.text for reply in one] == [reply.text for reply in other]
        loaded, tokenizer = load(model)
        for request, reply in zip(requests, one, strict=True):
            wanted = answer(loaded, tokenizer, request.messages, 12)
            assert reply.text == wanted.text
            assert not reply.usage.estimated
            assert reply.usage.prompt_tokens == wanted.prompt_tokens
            assert reply.usage.completion_tokens == wanted.completion_tokens
            assert reply.finish_reason == wanted.finish
            assert reply.logprobs is not None and all(token.logprob <= 0 for token in reply.logprobs)

    served(tmp_path, use)


def test_requests_that_it_cannot_answer_are_refused(tmp_path: Path, model: Path) -> None:
    async def use(server: ModelServer, spec: Callable[[Served], Awaitable[ModelSpec]]) -> None:
        plain = await spec(Served(folder=str(model)))
        long = ChatRequest(model="m", messages=(user_message("oslo " * 200),), max_tokens=4)
        with pytest.raises(CallRefused, match="leaves no room"):
            await asked(plain, long)
        constrained = ChatRequest(model="m", messages=questions()[0], response_format={"type": "json_object"})
        with pytest.raises(CallRefused, match="neither streams nor constrains"):
            await asked(plain, constrained)
        (stopped,) = await asked(
            plain, ChatRequest(model="m", messages=questions()[0], temperature=0.0, max_tokens=12, stop=("oslo",))
        )
        assert stopped.text.strip() == "in" and stopped.finish_reason == "stop"

    served(tmp_path, use)


def test_a_model_that_cannot_be_loaded_is_told_and_the_others_go_on(tmp_path: Path, model: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(model, broken)
    (broken / "model.safetensors").write_bytes(b"not weights")

    async def use(server: ModelServer, spec: Callable[[Served], Awaitable[ModelSpec]]) -> None:
        plain = await spec(Served(folder=str(model)))
        with pytest.raises(InputError, match=r"weights of .*broken cannot be read"):
            await spec(Served(folder=str(broken)))
        with pytest.raises(InputError, match="no folder of a Hugging Face causal model"):
            await spec(Served(folder=str(tmp_path)))
        (reply,) = await asked(plain, ChatRequest(model="m", messages=questions()[0], temperature=0.0, max_tokens=12))
        assert reply.text

    served(tmp_path, use)
