"""Instructions and examples that DSPy's optimisers choose on the workload's training data.

Khattab et al., ICLR 2024; Opsahl-Ong et al., EMNLP 2024 (MIPRO).  What the optimiser finds is carried into the prompt,
so the arm is an ordinary system, and its diff shows what was found.  The calls of the search are journalled and paid
from the budget, under the purpose of building; they are no part of an answer's cost.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from tierproof.errors import InputError
from tierproof.extras import optional
from tierproof.messages import Message
from tierproof.systems.bridge import ask_as, bridge
from tierproof.systems.models.chat import ChatCaller, ChatReply
from tierproof.systems.parts.prompt import Example, FixedExamples
from tierproof.systems.parts.session import Session
from tierproof.systems.register.registry import technique
from tierproof.systems.resources import Resources
from tierproof.systems.system import System
from tierproof.systems.texts.likeness import token_f1

__all__ = ["optimised"]

NAME = "prompt-engineering/dspy"
RIGHT = 0.999
"""Token F1 from which an answer of the training data counts as right."""
OPTIMISERS = ("bootstrap", "mipro")


@technique("prompt-engineering", variant="dspy", needs=("training-data",))
async def optimised(
    system: System,
    resources: Resources,
    caller: ChatCaller,
    *,
    optimiser: str = "bootstrap",
    shots: int = 4,
    candidates: int = 6,
    most: int = 60,
) -> System:
    """Examples (bootstrap) or instructions and examples (mipro) searched for on train.jsonl."""
    if optimiser not in OPTIMISERS:
        message = Message("{name}: optimiser '{optimiser}' is not known", name=NAME, optimiser=optimiser)
        raise InputError.of(
            message, remedy=Message("one of {optimisers}", optimisers=", ".join(OPTIMISERS)), field="arm"
        )
    dspy = optional("dspy", use=Message("optimising prompts"), extra="dspy")
    session = Session(caller, purpose=f"build {NAME}")

    async def ask(body: Mapping[str, Any]) -> ChatReply:
        return await ask_as(system, body, session)

    taught = resources.unasked(resources.train, "train.jsonl")[:most]
    train = [dspy.Example(request=one.input, answer=one.output).with_inputs("request") for one in taught]
    async with bridge(ask) as local:
        lm = dspy.LM(f"openai/{system.model}", api_base=local.base_url, api_key=local.api_key, cache=False)

        def search() -> Any:
            # DSPy tells its progress in prints and bars, which would end up in the middle of a report.
            with dspy.context(lm=lm), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                program = dspy.Predict(dspy.Signature("request -> answer", _task(system)))
                return _compile(dspy, program, train, optimiser=optimiser, shots=shots, candidates=candidates)

        try:
            program = await asyncio.to_thread(search)
        except Exception as error:
            if local.error is not None:
                raise local.error from error
            message = Message(
                "{name}: DSPy failed: {kind}: {error}", name=NAME, kind=type(error).__name__, error=str(error)
            )
            raise InputError.of(message, field="arm") from error
    predictor = program.predictors()[0]
    examples = tuple(
        Example(input=str(demo["request"]), output=str(demo["answer"]))
        for demo in predictor.demos
        if "request" in demo and "answer" in demo
    )
    instructions = str(predictor.signature.instructions).strip()
    template = system.prompt.template
    return system.with_prompt(
        template=f"{instructions}\n\n{template}" if instructions != _task(system) else template,
        examples=FixedExamples(examples) if examples else system.prompt.examples,
    )


def _task(system: System) -> str:
    """What the optimiser starts from: the system's own instructions."""
    own = "\n\n".join(part for part in (system.prompt.system, *system.prompt.closing) if part)
    return own or "Answer the request."


def _metric(example: Any, prediction: Any, trace: Any = None) -> float | bool:
    likeness = token_f1(str(example.answer), str(getattr(prediction, "answer", "")))
    # While demonstrations are collected (`trace` is there) only right answers may become examples.
    return likeness >= RIGHT if trace is not None else likeness


def _compile(dspy: Any, program: Any, train: list[Any], *, optimiser: str, shots: int, candidates: int) -> Any:
    if optimiser == "mipro":
        search = dspy.MIPROv2(
            metric=_metric,
            auto=None,
            num_candidates=candidates,
            max_bootstrapped_demos=shots,
            max_labeled_demos=shots,
            num_threads=4,
        )
        return search.compile(program, trainset=train, num_trials=candidates, minibatch=False)
    search = dspy.BootstrapFewShotWithRandomSearch(
        metric=_metric,
        max_bootstrapped_demos=shots,
        max_labeled_demos=shots,
        num_candidate_programs=candidates,
        num_threads=4,
    )
    return search.compile(program, trainset=train)
