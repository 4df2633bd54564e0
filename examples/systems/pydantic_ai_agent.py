"""Pydantic AI: an agent with instructions.

[[systems]]
name = "pydantic-ai"
make = "pydantic_ai_agent.py:make"
"""

from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider


def make(base_url: str, api_key: str, model: str):
    llm = OpenAIChatModel(model, provider=OpenAIProvider(base_url=base_url, api_key=api_key))
    agent = Agent(llm, instructions="You answer in as few words as possible.", retries=0)

    async def answer(question: str) -> str:
        return (await agent.run(question)).output

    return answer
