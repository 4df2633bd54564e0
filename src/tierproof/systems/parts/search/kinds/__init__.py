"""One file a kind of back end.  What a client needs beyond the base install is imported where it is used."""

__all__ = [
    "elastic_index",
    "opensearch_index",
    "own_search",
    "pgvector_table",
    "pinecone_index",
]
