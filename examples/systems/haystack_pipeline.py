"""Haystack: a pipeline of a prompt builder and a generator.

[[systems]]
name = "haystack"
make = "haystack_pipeline.py:make"
"""

from haystack import Pipeline
from haystack.components.builders import ChatPromptBuilder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.utils import Secret

TEMPLATE = [ChatMessage.from_system("You answer in as few words as possible."), ChatMessage.from_user("{{question}}")]


def make(base_url: str, api_key: str, model: str):
    llm = OpenAIChatGenerator(model=model, api_base_url=base_url, api_key=Secret.from_token(api_key), max_retries=0)
    pipeline = Pipeline()
    pipeline.add_component("prompt", ChatPromptBuilder(template=TEMPLATE, required_variables=["question"]))
    pipeline.add_component("llm", llm)
    pipeline.connect("prompt.prompt", "llm.messages")

    def answer(question: str) -> str:
        return pipeline.run({"prompt": {"question": question}})["llm"]["replies"][0].text

    return answer
