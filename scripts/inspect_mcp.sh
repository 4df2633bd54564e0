#!/usr/bin/env bash
# Asks `tierproof mcp` what the protocol's own inspector asks, by both transports.
#
#   scripts/inspect_mcp.sh FOLDER    FOLDER takes the inspector and the Node that it needs (npm; 230 MB)
#
# Fails where the inspector finds a schema that other clients may refuse, and where an answer is not what it should be.
set -euo pipefail
folder=$1
root=$(cd "$(dirname "$0")/.." && pwd)
tierproof=${TIERPROOF:-tierproof}
pack=$root/examples/packs/production_vision
export MCP_INSPECTOR_SECRET_STORE=memory

mkdir -p "$folder"
if [ ! -e "$folder/ready" ]; then
    npm install --silent --no-audit --no-fund --prefix "$folder" node@22 @modelcontextprotocol/inspector@2.12.0
    touch "$folder/ready"
fi
PATH="$(cd "$folder" && pwd)/node_modules/.bin:$PATH"
work=$(mktemp -d)
server=""
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

"$tierproof" mcp --print-config --pack "$pack" --logs "$root/examples/logs" >"$work/config.json"

ask() { # ask NAME TRANSPORT ARGUMENT...: the inspector's answer in a file, what it says of it in another
    local name=$1 transport=$2
    shift 2
    if [ "$transport" = stdio ]; then set -- --config "$work/config.json" --server tierproof "$@"; else set -- "$address" --transport http "$@"; fi
    timeout 120 mcp-inspector --cli "$@" >"$work/$name.json" 2>"$work/$name.txt" || { cat "$work/$name.txt" "$work/$name.json"; return 1; }
}

holds() { # holds NAME EXPRESSION: of the answer, as `told`
    python3 - "$work/$1.json" "$2" <<'PYTHON' || { echo "$transport: $1 is not as it should be: $2" >&2; cat "$work/$1.json" >&2; exit 1; }
import json, sys
told = json.load(open(sys.argv[1], encoding="utf-8"))
sys.exit(0 if eval(sys.argv[2]) else 1)
PYTHON
}

"$tierproof" mcp --transport http --port 0 --pack "$pack" --logs "$root/examples/logs" 2>"$work/server.txt" &
server=$!
for _ in $(seq 300); do grep -q 'MCP at' "$work/server.txt" && break; sleep 0.1; done
grep -q "MCP at" "$work/server.txt" || { cat "$work/server.txt" >&2; exit 1; }
address=$(grep -o 'http://[^ ]*' "$work/server.txt")

for transport in stdio http; do
    ask tools $transport --method tools/list --strict
    holds tools 'len(told["tools"]) == 10 and all(tool["outputSchema"]["type"] == "object" for tool in told["tools"])'
    ask table $transport --method tools/call --tool-name invert --tool-arg limit=2
    holds table 'len(told["structuredContent"]["rows"]) == 2 and not told.get("isError")'
    ask verdict $transport --method tools/call --tool-name critique_claim --tool-arg 'claim=Pruning always improves quality.'
    holds verdict 'told["structuredContent"]["verdicts"][0]["verdict"] == "contradicted"'
    ask logs $transport --method tools/call --tool-name import_log --tool-arg 'logs=["before.json", "after.json"]'
    holds logs 'told["structuredContent"]["comparisons"][0]["pairs"] == 46'
    ask resources $transport --method resources/list
    holds resources 'any(one["uri"] == "tierproof://pack/pack.toml" for one in told["resources"])'
    ask pack $transport --method resources/read --uri tierproof://pack/pack.toml
    holds pack '"production_vision" in told["contents"][0]["text"]'
    ask prompts $transport --method prompts/get --prompt-name challenge --prompt-args 'claim=Pruning is dead'
    holds prompts '"Pruning is dead" in told["messages"][0]["content"]["text"]'
    echo "$transport: tools, resources and prompts are as the inspector wants them"
done
