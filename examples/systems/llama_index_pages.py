"""LlamaIndex: the workload's documents/ by their keywords, and an answer from what was found.

[[systems]]
name = "llama-index"
make = "llama_index_pages.py:make"
"""

from pathlib import Path

from llama_index.core import SimpleDirectoryReader, SimpleKeywordTableIndex
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.llms.openai_like import OpenAILike

PAGES = SimpleDirectoryReader(Path(__file__).parent / "documents", recursive=True).load_data()
PARTS = SentenceSplitter(chunk_size=128, chunk_overlap=0)
INDEX = SimpleKeywordTableIndex.from_documents(PAGES, llm=MockLLM(), transformations=[PARTS])  # keywords need no model


def make(base_url: str, api_key: str, model: str):
    llm = OpenAILike(api_base=base_url, api_key=api_key, model=model, is_chat_model=True, temperature=0, max_retries=0)
    engine = INDEX.as_query_engine(llm=llm, num_chunks_per_query=2)

    async def answer(question: str) -> str:
        return str(await engine.aquery(question))

    return answer
