"""Models behind endpoints: a chat request goes in, a chat reply with usage, time and price comes out.

Only the light values are re-exported; the client is imported from `tierproof.models.caller` by whoever calls.
"""

from tierproof.models.chat import (
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
    request_key,
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
    "request_key",
    "system_message",
    "tool_message",
    "user_message",
]
