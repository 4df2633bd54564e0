"""Models behind endpoints: a chat request goes in, a chat reply with usage, time and price comes out.

Only the light values are re-exported.  `tierproof.systems.models.client` brings the HTTP client in, and
`tierproof.systems.models.simple.chat` is the plain way to put a few requests to one model.
"""

from tierproof.systems.models.chat import (
    ChatCaller,
    ChatReply,
    ChatRequest,
    Message,
    ModelSpec,
    Price,
    TokenLogprob,
    ToolCall,
    Usage,
    assistant_message,
    system_message,
    tool_message,
    user_message,
)

__all__ = [
    "ChatCaller",
    "ChatReply",
    "ChatRequest",
    "Message",
    "ModelSpec",
    "Price",
    "TokenLogprob",
    "ToolCall",
    "Usage",
    "assistant_message",
    "system_message",
    "tool_message",
    "user_message",
]
