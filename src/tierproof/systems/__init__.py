"""What answers a request: systems, items, prompts, tools, retrieval, sessions, and the register of techniques.

Must not know any technique by name.
"""
