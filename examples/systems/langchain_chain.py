"""LangChain: a chain of a prompt, a model and a parser.

[[systems]]
name = "langchain"
make = "langchain_chain.py:make"
"""

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

PROMPT = ChatPromptTemplate.from_messages([("system", "You answer in as few words as possible."), ("user", "{input}")])


def make(base_url: str, api_key: str, model: str):
    llm = ChatOpenAI(base_url=base_url, api_key=api_key, model=model, temperature=0, max_retries=0)
    return PROMPT | llm | StrOutputParser()
