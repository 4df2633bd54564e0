#!/usr/bin/env bash
# A base image from Debian's own packages, for machines that can pull none: IMAGE (default localhost/base:bookworm).
# Needs root and apt; installs buildah, debootstrap and docker-compose where they are missing.
set -euo pipefail
image=${1:-localhost/base:bookworm}
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs} BUILDAH_ISOLATION=chroot
for tool in buildah debootstrap docker-compose; do
    command -v "$tool" >/dev/null && continue
    # docker-compose starts nothing here, it validates compose.yaml: without the engine that it recommends.
    alone=$([ "$tool" = docker-compose ] && echo --no-install-recommends || true)
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $alone "$tool" >/dev/null
done
if buildah inspect --type image "$image" >/dev/null 2>&1; then
    echo "$image is there"
    exit
fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$root" >"$root.log" ||
    { tail -20 "$root.log" >&2; exit 1; }
container=$(buildah from scratch)
buildah add --quiet "$container" "$root" / >/dev/null
buildah commit --quiet "$container" "$image"
buildah rm "$container" >/dev/null
