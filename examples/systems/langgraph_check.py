"""LangGraph: a graph of two steps, which answers and then looks at its answer again.

[[systems]]
name = "langgraph"
make = "langgraph_check.py:make"
"""

from operator import itemgetter
from typing import TypedDict

from langchain_core.runnables import RunnableLambda
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph


class State(TypedDict, total=False):
    question: str
    draft: str
    answer: str


def make(base_url: str, api_key: str, model: str):
    llm = ChatOpenAI(base_url=base_url, api_key=api_key, model=model, temperature=0, max_retries=0)

    async def draft(state: State) -> State:
        return {"draft": str((await llm.ainvoke(state["question"])).content)}

    async def check(state: State) -> State:
        asked = f"{state['question']}\n\nA draft: {state['draft']}\n\nGive the right answer alone."
        return {"answer": str((await llm.ainvoke(asked)).content)}

    graph = StateGraph(State).add_node("drafting", draft).add_node("checking", check)
    graph.add_edge(START, "drafting").add_edge("drafting", "checking").add_edge("checking", END)
    return RunnableLambda(lambda text: {"question": text}) | graph.compile() | itemgetter("answer")
